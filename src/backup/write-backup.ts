import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { type BackupTable, type BackupTotals, buildHeaderLine } from './backup-format.ts';
import { listTables, type TableShape } from './list-tables.ts';
import { type BackupSecrets, buildSecretsMark, readSchema } from './origin.ts';

/** What a backup is made of and where it goes. */
export interface BackupOptions {
  readonly pool: pg.Pool;
  readonly secrets: BackupSecrets;
  /** Replaced if it is there, once the new one is whole. */
  readonly file: string;
  readonly now: Date;
  /** Told after each table that has rows, and of a big one every 100,000 rows. */
  readonly onProgress: (table: string, rows: number) => void;
}

const ROWS_A_FETCH = 1_000;
const TELL_EVERY = 100_000;
const { escapeIdentifier } = pg;

/** Writes every table, all as of one moment, into a file that only its owner may read. The server may be running. */
export async function writeBackup(options: BackupOptions): Promise<BackupTotals> {
  const part = `${options.file}.part`;
  const totals = { tables: 0, rows: 0 };
  await rm(part, { force: true });
  try {
    await pipeline(
      Readable.from(buildLines(options, totals)),
      createGzip(),
      createWriteStream(part, { mode: 0o600, flush: true }),
    );
    await rename(part, options.file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return totals;
}

type Totals = { tables: number; rows: number };

async function* buildLines(options: BackupOptions, totals: Totals): AsyncGenerator<string> {
  const client = await options.pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    // A big table takes longer than any query of the program may, and a slow disk leaves pauses.
    await client.query('set local statement_timeout = 0');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    yield buildHeaderLine({
      made_at: options.now.toISOString(),
      schema: await readSchema(client),
      secrets_mark: buildSecretsMark(options.secrets),
    });
    for (const table of await listTables(client)) yield* buildTable(client, { table, options, totals });
    yield `${JSON.stringify({ end: totals })}\n`;
  } finally {
    // Closed, not put back: that ends the transaction however far it came.
    client.release(true);
  }
}

interface OneTable {
  readonly table: TableShape;
  readonly options: BackupOptions;
  readonly totals: Totals;
}

async function* buildTable(
  client: pg.PoolClient,
  { table, options, totals }: OneTable,
): AsyncGenerator<string> {
  const columns = table.columns.map(({ name }) => name);
  const mark: BackupTable = { table: table.name, columns, months: await findMonths(client, table) };
  yield `${JSON.stringify(mark)}\n`;
  const texts = columns.map((column) => `${escapeIdentifier(column)}::text`).join(', ');
  await client.query(
    `declare backup_rows no scroll cursor for
      select to_json(array[${texts}]::text[])::text as line from ${escapeIdentifier(table.name)}`,
  );
  let rows = 0;
  for (;;) {
    const batch = await client.query<{ line: string }>(`fetch ${ROWS_A_FETCH} from backup_rows`);
    if (batch.rows.length === 0) break;
    rows += batch.rows.length;
    yield batch.rows.map(({ line }) => `${line}\n`).join('');
    if (rows % TELL_EVERY === 0) options.onProgress(table.name, rows);
  }
  await client.query('close backup_rows');
  if (rows > 0 && rows % TELL_EVERY !== 0) options.onProgress(table.name, rows);
  totals.tables += 1;
  totals.rows += rows;
}

async function findMonths(client: pg.PoolClient, table: TableShape): Promise<BackupTable['months']> {
  if (table.monthColumn === null) return null;
  const column = escapeIdentifier(table.monthColumn);
  const { rows } = await client.query<{ from: string; count: number }>(
    `select to_char(first, 'YYYY-MM-DD') as from,
      ((extract(year from last) - extract(year from first)) * 12
        + extract(month from last) - extract(month from first) + 1)::int as count
    from (select min(${column}) at time zone 'UTC', max(${column}) at time zone 'UTC'
      from ${escapeIdentifier(table.name)}) as span (first, last)
    where first is not null`,
  );
  return rows[0] ?? null;
}
