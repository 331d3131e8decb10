import { readFile, writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Kysely } from 'kysely';
import { isId } from '../domain/ids.ts';
import { readPageUrl } from '../domain/page-url.ts';
import { buildCsvLine, type CsvTable, readCsvTable } from '../io/csv-table.ts';
import type { Database } from '../io/database.gen.ts';
import { type ImportReport, importTable } from '../leads/import/import-table.ts';
import type { ImportKind } from '../leads/import/read-row.ts';
import { LEAD_HASH_PURPOSE } from '../leads/lead-tools.ts';
import { deriveKey } from '../parts.ts';
import type { WorkspaceRow } from '../settings/workspaces.ts';
import { CommandRefused, chooseWorkspace } from './choose-workspace.ts';
import { createProgress } from './import-progress.ts';
import { type CliParts, type CliTools, withParts } from './tools.ts';

interface ImportOptions {
  readonly workspace?: string;
  readonly domain?: string;
  readonly rejected?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const SUMMARIES = {
  leads: 'import leads, with their stages if the file has them',
  sales: 'import past sales: each one a lead that was won, with its value and date',
} as const;

/** `rastro import leads|sales <file>`. */
export function addImportCommand(program: Command, tools: CliTools): void {
  const group = program.command('import').description('leads and past sales from CSV files');
  for (const kind of ['leads', 'sales'] as const) {
    group
      .command(kind)
      .description(SUMMARIES[kind])
      .argument('<file>', 'CSV with a header, separated by semicolons, commas or tabs')
      .option('--workspace <id or name>', 'the first workspace if not given')
      .option(
        '--domain <id, name or address>',
        'the site of the leads; the workspace’s only one if not given',
      )
      .option('--dry-run', 'only say what would be done')
      .addOption(
        new Option('--rejected <file>', 'where rows that cannot be used go').default(
          undefined,
          '<file>.rejected.csv',
        ),
      )
      .option('--json', 'print the counts as JSON')
      .action((file: string, options: ImportOptions) =>
        withParts(tools, (parts) => runImport({ tools, parts, kind, file, options })),
      );
  }
}

interface ImportRun {
  readonly tools: CliTools;
  readonly parts: CliParts;
  readonly kind: ImportKind;
  readonly file: string;
  readonly options: ImportOptions;
}

async function runImport({ tools, parts, kind, file, options }: ImportRun): Promise<void> {
  const { db } = parts.database;
  const table = await openTable(file);
  const workspace = await chooseWorkspace(db, options.workspace);
  const result = await importTable({
    db,
    tools: {
      vault: parts.vault,
      hashKey: deriveKey(parts.config, LEAD_HASH_PURPOSE),
      ipHashSalt: parts.config.ipHashSalt,
    },
    target: {
      kind,
      workspaceId: workspace.workspace_id,
      domainId: await chooseDomain(db, workspace, options.domain),
      consentAds: workspace.default_consent === 'denied' ? 'denied' : 'granted',
      isDryRun: options.dryRun ?? false,
    },
    timezone: workspace.timezone,
    now: new Date(),
    header: table.header,
    rows: table.rows,
    onProgress: createProgress(process.stderr, Date.now),
  });
  if (result.kind === 'unusable') throw new CommandRefused(result.reason);
  const { report } = result;
  const path = options.rejected ?? `${file}.rejected.csv`;
  const rejectedFile = report.rejected.length === 0 ? null : path;
  if (rejectedFile !== null) await saveRejected(rejectedFile, table, report);
  printReport(tools, report, { rejectedFile, ...options });
}

type Table = CsvTable & { readonly kind: 'table' };

async function openTable(file: string): Promise<Table> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new CommandRefused(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const table = readCsvTable(bytes);
  if (table.kind === 'unreadable') throw new CommandRefused(`${file}: ${table.reason}`);
  return table;
}

async function chooseDomain(
  db: Kysely<Database>,
  workspace: WorkspaceRow,
  named: string | undefined,
): Promise<string | null> {
  const query = db.selectFrom('domains').select(['domain_id', 'domain_name', 'domain_url']);
  const domains = await query.where('workspace_id', '=', workspace.workspace_id).execute();
  if (named !== undefined) {
    const origin = readPageUrl(named)?.origin;
    const id = isId(named) ? named.toLowerCase() : null;
    const found = domains.find(
      (one) => one.domain_id === id || one.domain_name === named || one.domain_url === origin,
    );
    if (found) return found.domain_id;
    throw new CommandRefused(`There is no site "${named}" in the workspace "${workspace.name}".`);
  }
  if (domains.length <= 1) return domains[0]?.domain_id ?? null;
  throw new CommandRefused(
    `The workspace has several sites; say which: --domain ${domains.map((one) => one.domain_name).join(' | ')}`,
  );
}

/** Only its owner may read it: it holds people's data. The mark at its head is for spreadsheets. */
async function saveRejected(path: string, table: Table, { rejected }: ImportReport): Promise<void> {
  const lines = [
    ['line', 'reason', ...table.header],
    ...rejected.map(({ line, reason, cells }) => [String(line), reason, ...cells]),
  ];
  const text = lines.map((cells) => `${buildCsvLine(cells, table.separator)}\r\n`).join('');
  await writeFile(path, `\ufeff${text}`, { mode: 0o600 });
}

function printReport(
  tools: CliTools,
  { rows, saved, matched, known, rejected }: ImportReport,
  { rejectedFile, dryRun = false, json = false }: ImportOptions & { readonly rejectedFile: string | null },
): void {
  if (json) {
    const counts = { rows, saved, matched, known, rejected: rejected.length };
    tools.print(JSON.stringify({ ...counts, dry_run: dryRun, rejected_file: rejectedFile }));
    return;
  }
  tools.print(dryRun ? 'Nothing was stored (dry run). It would be:' : 'Done:');
  tools.print(`  ${saved} new leads`);
  tools.print(`  ${matched} stages or sales of leads that were known`);
  tools.print(`  ${known} rows that were imported before, or stand in the file twice`);
  tools.print(`  ${rejected.length} rows that cannot be used`);
  if (rejectedFile !== null) tools.print(`Those rows are in ${rejectedFile}, each with its reason.`);
}
