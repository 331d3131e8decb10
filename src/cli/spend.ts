import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { buildDecimal } from '../domain/money.ts';
import { importSpend, type SpendImport } from '../spend/import-spend.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliTools, withParts } from './tools.ts';

interface SpendOptions {
  readonly workspace?: string;
  readonly platform?: string;
  readonly currency?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `rastro spend import <file>`: what an ad platform exported becomes the cost of the campaigns. */
export function addSpendCommand(program: Command, tools: CliTools): void {
  program
    .command('spend')
    .description('ad spend from the exports of the ad platforms')
    .command('import')
    .description('import an export by day of Meta, Google, TikTok or LinkedIn')
    .argument('<file>', 'CSV as the platform exported it, in English or Portuguese')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option(
      '--platform <name>',
      'meta, google_ads, tiktok, linkedin …: if the header does not tell',
      readPlatform,
    )
    .option('--currency <code>', 'if the file does not tell; the workspace’s if not given', readCurrency)
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print the report as JSON')
    .action((file: string, options: SpendOptions) => importFile(tools, file, options));
}

async function importFile(tools: CliTools, file: string, options: SpendOptions): Promise<void> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CommandRefused(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  await withParts(tools, async ({ database }) => {
    const workspace = await chooseWorkspace(database.db, options.workspace);
    const result = await importSpend(database.db, bytes, {
      workspaceId: workspace.workspace_id,
      platform: options.platform ?? null,
      currency: options.currency ?? workspace.currency,
      isDryRun: options.dryRun ?? false,
    });
    if (result.kind === 'unusable') throw new CommandRefused(`${file}: ${result.reason}`);
    printReport(tools, result.report, options);
  });
}

function printReport(
  tools: CliTools,
  report: SpendImport,
  { dryRun = false, json = false }: SpendOptions,
): void {
  const costs = report.costs.map(({ currency, cents }) => ({ currency, cost: buildDecimal(cents) }));
  if (json) {
    const { totals, ...rest } = report;
    tools.print(JSON.stringify({ ...rest, costs, totals_skipped: totals, dry_run: dryRun }));
    return;
  }
  const sums = costs.map(({ currency, cost }) => `${currency} ${cost}`).join(', ') || 'nothing';
  tools.print(dryRun ? 'Nothing was stored (dry run). It would be:' : 'Done:');
  tools.print(`  ${report.rows} rows of ${report.platforms.join(', ') || 'no platform'}: ${sums}`);
  if (report.from !== null) tools.print(`  from ${report.from} to ${report.to}`);
  tools.print(`  ${report.totals} rows of totals left out`);
  tools.print(`  ${report.rejected.length} rows that cannot be used`);
  for (const { line, reason } of report.rejected) tools.print(`    line ${line}: ${reason}`);
}

function readPlatform(text: string): string {
  if (/^[a-z][a-z0-9_]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError('Give a lower-case word, like meta.');
}

function readCurrency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError('Give an ISO 4217 code, like BRL.');
}
