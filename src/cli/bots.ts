import type { Command } from 'commander';
import { saveClickVerdicts } from '../bot/save-verdicts.ts';
import { type RecomputeQuestion, recomputeBots } from '../projections/recompute-bots.ts';
import { recomputeVisits } from '../projections/visits/recompute-visits.ts';
import { type FilteredCount, summarizeFiltered } from '../reports/filtered-visits.ts';
import { chooseWorkspace } from './choose-workspace.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

interface BotsOptions {
  readonly workspace?: string;
  readonly days: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

/** `rastro bots recompute|inspect`: programs among the clicks, by today's rules, and by which rule. */
export function addBotsCommand(program: Command, tools: CliTools): void {
  const bots = program.command('bots').description('programs among the clicks');
  bots
    .command('recompute')
    .description(
      'judge stored clicks and visits of sites again by today’s rules; past numbers change with it',
    )
    .option('--workspace <id or name>', 'only there')
    .option('--days <number>', 'how far back', '3650')
    .option('--dry-run', 'only say what would change')
    .option('--json', 'print it as JSON')
    .action((options: BotsOptions) => withParts(tools, (parts) => recompute(parts, tools, options)));
  bots
    .command('inspect')
    .description('what is kept out of the counts, and by which rule')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--days <number>', 'how far back', '30')
    .option('--json', 'print it as JSON')
    .action((options: BotsOptions) => withParts(tools, (parts) => inspect(parts, tools, options)));
}

function readPeriod({ days }: BotsOptions): { from: Date; to: Date } {
  const to = new Date();
  return { from: new Date(to.getTime() - Math.max(1, Number.parseInt(days, 10) || 1) * DAY_MS), to };
}

async function recompute({ database }: CliParts, tools: CliTools, options: BotsOptions): Promise<void> {
  const { db } = database;
  const workspace = options.workspace === undefined ? null : await chooseWorkspace(db, options.workspace);
  const isDryRun = options.dryRun ?? false;
  const question = { ...readPeriod(options), workspaceId: workspace?.workspace_id ?? null, isDryRun };
  const sum = { judged: 0, now_bots: 0, no_longer_bots: 0, bot_users: 0, dry_run: isDryRun };
  for await (const { judged, changed } of recomputeBots(db, question)) {
    sum.judged += judged;
    sum.now_bots += changed.filter(({ verdict }) => verdict.isBot).length;
    sum.no_longer_bots += changed.filter(({ verdict }) => !verdict.isBot).length;
    const verdicts = changed.map(({ trackingToken, verdict }) => ({ trackingToken, isBot: verdict.isBot }));
    if (!isDryRun) sum.bot_users += await saveClickVerdicts(db, verdicts);
    if (process.stderr.isTTY) process.stderr.write(`\r${sum.judged} clicks judged …`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const visits = await recomputeAllVisits(db, question);
  if (options.json) return tools.print(JSON.stringify({ ...sum, visits }, null, 2));
  for (const [what, counts] of [['clicks', sum] as const, ['visits', visits] as const]) {
    const did = isDryRun ? 'would be' : 'are now';
    const { judged, now_bots, no_longer_bots } = counts;
    tools.print(`${judged} ${what} judged: ${now_bots} ${did} programs, ${no_longer_bots} ${did} people.`);
  }
}

async function recomputeAllVisits(db: CliParts['database']['db'], question: RecomputeQuestion) {
  const sum = { judged: 0, now_bots: 0, no_longer_bots: 0 };
  for await (const { judged, nowBots, noLongerBots } of recomputeVisits(db, question)) {
    sum.judged += judged;
    sum.now_bots += nowBots;
    sum.no_longer_bots += noLongerBots;
    if (process.stderr.isTTY) process.stderr.write(`\r${sum.judged} visits judged …`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return sum;
}

async function inspect({ database }: CliParts, tools: CliTools, options: BotsOptions): Promise<void> {
  const { db } = database;
  const { workspace_id: workspaceId } = await chooseWorkspace(db, options.workspace);
  const summary = await summarizeFiltered(db, { workspaceId, ...readPeriod(options) });
  if (options.json) return tools.print(JSON.stringify(summary, null, 2));
  const show = (title: string, counts: readonly FilteredCount[]) =>
    [title, ...counts.map(({ name, clicks }) => `  ${name.padEnd(28)}${clicks}`)].join('\n');
  tools.print(`${summary.filtered} of ${summary.clicks} clicks are kept out of the counts.`);
  tools.print(show('By rule', summary.by_reason));
  tools.print(show('By kind of program', summary.by_class));
  tools.print(show('Never clicks', summary.not_clicks));
  const { visits, filtered, by_reason } = summary.site_visits;
  tools.print(`${filtered} of ${visits} visits of sites are kept out of the counts.`);
  tools.print(
    show(
      'By rule',
      by_reason.map((one) => ({ name: one.name, clicks: one.visits })),
    ),
  );
}
