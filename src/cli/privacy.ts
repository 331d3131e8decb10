import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { openLog } from '../open-log.ts';
import { archiveMonths } from '../privacy/archive-months.ts';
import { archiveDirectoryOf, buildPrivacyTools } from '../privacy/build-privacy-tools.ts';
import { eraseSubject } from '../privacy/erase-subject.ts';
import { exportSubject } from '../privacy/export-subject.ts';
import type { PrivacyTools, SubjectRequest } from '../privacy/privacy-tools.ts';
import { buildProcessingRecord, type ProcessingRecord } from '../privacy/processing-record.ts';
import { readSubject } from '../privacy/read-subject.ts';
import { runRetention } from '../privacy/run-retention.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

interface RunOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface SubjectOptions {
  readonly subject: string;
  readonly workspace?: string;
  readonly reason?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const ACTOR = 'cli';
const AMBIGUOUS =
  'These digits are the Telegram id of one person and the phone of another. Write telegram: or phone: before them.';

/** `rastro privacy run|export|erase|record`. */
export function addPrivacyCommand(program: Command, tools: CliTools): void {
  const group = program.command('privacy').description('retention, data subjects, record of processing');
  group
    .command('run')
    .description('clear what is older than the workspaces let it be, now')
    .option('--dry-run', 'only say what would be cleared')
    .option('--json', 'print the report as JSON')
    .action((options: RunOptions) => runNow(tools, options));
  addSubjectCommands(group, tools);
  group
    .command('record')
    .description('print the record of processing operations (LGPD, art. 37)')
    .option('--workspace <id or name>', 'the first workspace if not given')
    .option('--json', 'print it as JSON')
    .action((options: { workspace?: string; json?: boolean }) => printRecord(tools, options));
}

function addSubjectCommands(group: Command, tools: CliTools): void {
  const commands = [
    { name: 'export', text: 'gather everything that is kept of a person', run: exportNow },
    { name: 'erase', text: 'erase a person; payments stay, without the person', run: eraseNow },
  ] as const;
  for (const { name, text, run } of commands) {
    const command = group
      .command(name)
      .description(text)
      .requiredOption('--subject <who>', 'e-mail, phone or Telegram user id; telegram: or phone: says which')
      .option('--workspace <id or name>', 'the first workspace if not given')
      .option('--reason <text>', 'why, for the record')
      .option('--json', 'print JSON');
    if (name === 'export') command.option('--out <file>', 'write the JSON to this file (mode 0600)');
    command.action((options: SubjectOptions) => withParts(tools, (parts) => run(tools, parts, options)));
  }
}

async function runNow(tools: CliTools, options: RunOptions): Promise<void> {
  await withParts(tools, async ({ config, database, vault }) => {
    const isDryRun = options.dryRun ?? false;
    const run = { now: new Date(), isDryRun, actor: ACTOR };
    const onProgress = createProgress(process.stderr, Date.now, 'steps');
    const workspaces = await runRetention(database.db, { ...run, onProgress });
    const archiveDirectory = archiveDirectoryOf(config);
    const months = await archiveMonths(database.db, { ...run, vault, archiveDirectory });
    if (options.json) {
      tools.print(JSON.stringify({ is_dry_run: isDryRun, workspaces, archived: months }, null, 2));
      return;
    }
    tools.print(isDryRun ? 'Nothing was changed (dry run). It would be:' : 'Done:');
    for (const { name, counts } of workspaces) {
      tools.print(`  ${name}`);
      for (const [rule, rows] of Object.entries(counts))
        tools.print(`    ${String(rows).padStart(9)}  ${rule}`);
    }
    for (const { partition, rows, file } of months)
      tools.print(`  archived ${partition}: ${rows} rows${file === null ? '' : ` in ${file}`}`);
  });
}

interface SubjectWork {
  readonly privacy: PrivacyTools;
  readonly request: SubjectRequest;
}

async function withRequest<T>(
  parts: CliParts,
  options: SubjectOptions,
  work: (given: SubjectWork) => Promise<T>,
): Promise<T> {
  const name = readSubject(options.subject);
  if (name === null) {
    throw new CommandRefused(
      'The subject is no e-mail, no phone (with a country or a Brazilian area code) and no Telegram user id.',
    );
  }
  const { workspace_id: workspaceId } = await chooseWorkspace(parts.database.db, options.workspace);
  const { log } = await openLog(parts);
  try {
    const request = { workspaceId, name, actor: ACTOR, reason: options.reason ?? null };
    return await work({ privacy: buildPrivacyTools(parts, log), request });
  } finally {
    await log.close();
  }
}

async function exportNow(tools: CliTools, parts: CliParts, options: SubjectOptions): Promise<void> {
  const result = await withRequest(parts, options, ({ privacy, request }) => exportSubject(privacy, request));
  if (result.kind === 'ambiguous') throw new CommandRefused(AMBIGUOUS);
  const json = JSON.stringify(result.data, null, 2);
  if (options.out === undefined) {
    tools.print(json);
    return;
  }
  await writeFile(options.out, `${json}\n`, { mode: 0o600 });
  const { records, recipients } = result.data;
  tools.print(`${records.length} records and ${recipients.length} tellings to others are in ${options.out}.`);
}

async function eraseNow(tools: CliTools, parts: CliParts, options: SubjectOptions): Promise<void> {
  const result = await withRequest(parts, options, ({ privacy, request }) => eraseSubject(privacy, request));
  if (result.kind === 'ambiguous') throw new CommandRefused(AMBIGUOUS);
  const { report } = result;
  if (options.json) {
    tools.print(JSON.stringify(report, null, 2));
    return;
  }
  tools.print(`Erased (record ${report.run_id}):`);
  for (const [place, rows] of Object.entries(report.counts))
    tools.print(`  ${String(rows).padStart(6)}  ${place}`);
  tools.print('Kept:');
  for (const text of report.kept) tools.print(`  ${text}`);
}

async function printRecord(tools: CliTools, options: { workspace?: string; json?: boolean }): Promise<void> {
  await withParts(tools, async ({ database }) => {
    const workspace = await chooseWorkspace(database.db, options.workspace);
    const record = await buildProcessingRecord(database.db, workspace.workspace_id);
    if (!record) throw new CommandRefused('The workspace is gone.');
    tools.print(options.json ? JSON.stringify(record, null, 2) : describeRecord(record));
  });
}

function describeRecord(record: ProcessingRecord): string {
  const lines = [`Record of processing operations of ${record.workspace}, ${record.made_at}`];
  for (const one of record.activities) {
    lines.push('', one.activity, `  purpose      ${one.purpose}`, `  people       ${one.data_subjects}`);
    lines.push(`  data         ${one.data_categories.join(', ')}`, `  legal basis  ${one.legal_basis}`);
    lines.push(`  retention    ${one.retention}`, `  rows         ${one.rows}`);
  }
  lines.push('', 'Recipients');
  for (const one of record.recipients)
    lines.push(`  ${one.kind}  ${one.name}  ${one.account}  since ${one.since}`);
  lines.push('', 'Security', ...record.security.map((text) => `  ${text}`));
  return lines.join('\n');
}
