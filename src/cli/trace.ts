import { type Command, Option } from 'commander';
import { traceOf } from '../reports/trace.ts';
import type { TraceLanguage } from '../reports/trace-words/hop-texts.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';
import { runTraceCommand } from './trace-command.ts';

interface TraceOptions {
  readonly workspace?: string;
  readonly lang: TraceLanguage;
  readonly json?: boolean;
}

/** `rastro trace <ref>`: the whole story of one sale, in whichever workspace it happened. */
export function addTraceCommand(program: Command, tools: CliTools): void {
  program
    .command('trace')
    .description('the whole story of one sale, hop by hop')
    .argument('<ref>', 'click token, payment id, lead id, Telegram user id or fbclid')
    .option('--workspace <id or name>', 'look only there')
    .addOption(
      new Option('--lang <language>', 'language of the explanations').choices(['pt', 'en']).default('en'),
    )
    .option('--json', 'print it as JSON')
    .action((ref: string, options: TraceOptions) =>
      withParts(tools, async (parts) => {
        const workspaceId = await findWorkspaceOf(parts, ref, options.workspace);
        const isFound = await runTraceCommand({
          db: parts.database.db,
          workspaceId,
          ref,
          language: options.lang,
          json: options.json ?? false,
          width: process.stdout.columns ?? 100,
          write: tools.print,
        });
        if (!isFound) process.exitCode = 1;
      }),
    );
}

/** The first workspace that knows anything of the reference. */
async function findWorkspaceOf({ database }: CliParts, ref: string, named?: string): Promise<string> {
  const { db } = database;
  if (named !== undefined) return (await chooseWorkspace(db, named)).workspace_id;
  const all = await db.selectFrom('workspaces').select('workspace_id').orderBy('created_at').execute();
  for (const { workspace_id: workspaceId } of all) {
    if ((await traceOf(db, { workspaceId, ref, language: 'en' })).hops.length > 0) return workspaceId;
  }
  throw new CommandRefused(
    `Nothing is known of ${ref}. Give a click token, a payment id, a lead id or a Telegram user id.`,
  );
}
