import pg from 'pg';
import {
  type BackupHeader,
  BackupRefused,
  type BackupTotals,
  readHeader,
  readMark,
} from './backup-format.ts';
import { listTables, type TableShape } from './list-tables.ts';
import { type BackupSecrets, isMarkOf, readSchema } from './origin.ts';
import { readLines } from './read-lines.ts';
import { openTable } from './table-restore.ts';

/** What is restored, and into what. */
export interface RestoreOptions {
  /** A migrated database that nothing has been stored in. */
  readonly pool: pg.Pool;
  readonly secrets: BackupSecrets;
  readonly file: string;
  readonly onProgress: (table: string, rows: number) => void;
}

/** Rows of these are there after the migrations alone; those of the backup take their place. */
const SEEDED = ['settings_version'];
const { escapeIdentifier } = pg;

/**
 * Restores a backup in one transaction: everything or nothing. Foreign keys and checks hold as always; triggers rest
 * meanwhile, because what they made is in the backup.
 * @throws BackupRefused for a file, a schema, secrets or a database that do not fit.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupTotals> {
  const lines = readLines(options.file);
  const client = await options.pool.connect();
  try {
    const first = await lines.next();
    const header = readHeader(first.done ? '' : first.value);
    await client.query('begin');
    await client.query('set local statement_timeout = 0');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    const tables = await listTables(client);
    await checkFits(client, { header, tables, secrets: options.secrets });
    for (const table of SEEDED) await client.query(`delete from ${escapeIdentifier(table)}`);
    const totals = await restoreTables(client, { lines, tables, onProgress: options.onProgress });
    await client.query('commit');
    return totals;
  } finally {
    // Closed, not put back: what was not committed is gone with it.
    client.release(true);
    await lines.return(undefined);
  }
}

interface Fit {
  readonly header: BackupHeader;
  readonly tables: readonly TableShape[];
  readonly secrets: BackupSecrets;
}

async function checkFits(client: pg.PoolClient, { header, tables, secrets }: Fit): Promise<void> {
  if (!isMarkOf(header.secrets_mark, secrets)) {
    throw new BackupRefused(
      'the backup was made with another SECRET_KEY or IP_HASH_SALT, and nothing sealed in it would open: give both as they were, or put the backed-up secrets directory into DATA_DIR',
    );
  }
  const schema = await readSchema(client);
  if (JSON.stringify(schema) !== JSON.stringify(header.schema)) {
    throw new BackupRefused(
      `the backup is of schema ${nameLast(header.schema)}, this program makes ${nameLast(schema)}: restore it with the version of Rastro that made it, then update`,
    );
  }
  for (const { name } of tables) {
    if (SEEDED.includes(name)) continue;
    const found = await client.query(`select from ${escapeIdentifier(name)} limit 1`);
    if (found.rowCount === 0) continue;
    throw new BackupRefused(
      `the database is not empty (there are rows in ${name}): restore into a new one, before the server is started on it`,
    );
  }
}

const nameLast = (schema: readonly (readonly [string, string])[]): string =>
  schema.at(-1)?.[0] ?? 'no version';

interface Source {
  readonly lines: AsyncIterable<string>;
  readonly tables: readonly TableShape[];
  readonly onProgress: (table: string, rows: number) => void;
}

async function restoreTables(
  client: pg.PoolClient,
  { lines, tables, onProgress }: Source,
): Promise<BackupTotals> {
  const totals = { tables: 0, rows: 0 };
  let open: Awaited<ReturnType<typeof openTable>> | null = null;
  for await (const line of lines) {
    if (line.startsWith('[')) {
      if (open === null) throw new BackupRefused('the backup is damaged: rows without a table');
      await open.add(line);
      continue;
    }
    const mark = readMark(line);
    const closed: number = (await open?.close()) ?? 0;
    totals.rows += closed;
    if (mark.kind === 'end') return checkTotals(totals, mark.totals);
    totals.tables += 1;
    open = await openTable(client, { mark: mark.table, tables, onProgress });
  }
  throw new BackupRefused('the backup is cut off: its last line is missing. Nothing was restored');
}

function checkTotals(found: BackupTotals, told: BackupTotals): BackupTotals {
  if (found.tables === told.tables && found.rows === told.rows) return found;
  throw new BackupRefused(
    `the backup is damaged: it holds ${found.rows} rows of ${told.rows}. Nothing was restored`,
  );
}
