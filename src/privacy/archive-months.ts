import { join } from 'node:path';
import { type Kysely, sql, type Transaction } from 'kysely';
import { readRetention } from '../domain/retention.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { findRootWorkspace } from '../settings/workspaces.ts';
import { ARCHIVE_ENDING, listArchives, writeArchive } from './archive-files.ts';
import { recordRun } from './privacy-runs.ts';

/** What archiving takes. */
export interface ArchiveOptions {
  readonly vault: Vault;
  /** `<DATA_DIR>/archive`. */
  readonly archiveDirectory: string;
  readonly now: Date;
  /** Only names the months and counts their rows. */
  readonly isDryRun: boolean;
  readonly actor: string;
  readonly signal?: AbortSignal;
}

/** A month that was, or would be, moved out of the database. */
export interface ArchivedMonth {
  /** `clicks_2026_01`. */
  readonly partition: string;
  /** Null in a dry run. */
  readonly file: string | null;
  readonly rows: number;
}

/** Facts of visits; leads, people and payments stay: sales come long after. */
const ARCHIVED = {
  clicks: 'tracking_token',
  utm_tracking: 'tracking_id',
  page_views: 'view_id',
  events: 'event_id',
} as const;

const BATCH = 1_000;

/**
 * Moves months older than the first workspace's `archive_months` into sealed files and drops them from the database.
 * Off unless that is set: the numbers of those months leave the analytics with them.
 */
export async function archiveMonths(db: Kysely<Database>, options: ArchiveOptions): Promise<ArchivedMonth[]> {
  const startedAt = new Date();
  const root = await findRootWorkspace(db);
  const { archive_months: months } = readRetention(root?.settings);
  if (months === null) return [];
  const { now, isDryRun, actor } = options;
  const before = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  const archived: ArchivedMonth[] = [];
  for (const [table, key] of Object.entries(ARCHIVED)) {
    for (const partition of await listMonths(db, table, before)) {
      options.signal?.throwIfAborted();
      archived.push(
        isDryRun
          ? { partition, file: null, rows: await countRows(db, partition) }
          : await archiveMonth(db, { table, key, partition }, options),
      );
    }
  }
  const counts = Object.fromEntries(archived.map(({ partition, rows }) => [partition, rows]));
  const run = { workspaceId: null, kind: 'archive', actor, isDryRun, counts, note: null, startedAt } as const;
  if (archived.length > 0) await recordRun(db, run);
  return archived;
}

async function listMonths(db: Kysely<Database>, table: string, before: Date): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass order by c.relname`.execute(db);
  return rows
    .map((row) => row.name)
    .filter((name) => {
      const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
      return year !== undefined && Date.UTC(Number(year), Number(month) - 1, 1) < before.getTime();
    });
}

async function countRows(db: Kysely<Database>, partition: string): Promise<number> {
  const { rows } = await sql<{ rows: string }>`select count(*) as rows from ${sql.table(partition)}`.execute(
    db,
  );
  return Number(rows[0]?.rows ?? 0);
}

interface Month {
  readonly table: string;
  readonly key: string;
  readonly partition: string;
}

/** The file is whole on the disk before the rows go; a break between the two leaves both. */
async function archiveMonth(
  db: Kysely<Database>,
  month: Month,
  { vault, archiveDirectory }: ArchiveOptions,
): Promise<ArchivedMonth> {
  const { table, partition } = month;
  const path = await choosePath(archiveDirectory, partition);
  return db.transaction().execute(async (tx) => {
    await sql`set local statement_timeout = 0`.execute(tx);
    await sql`set local lock_timeout = '10s'`.execute(tx);
    await sql`lock table ${sql.table(partition)} in share mode`.execute(tx);
    const rows = await countRows(tx, partition);
    if (rows > 0) {
      const written = await writeArchive(vault, path, readRows(tx, month));
      if (written !== rows) throw new Error(`Of ${rows} rows of ${partition}, ${written} were written.`);
    }
    await sql`alter table ${sql.table(table)} detach partition ${sql.table(partition)}`.execute(tx);
    await sql`drop table ${sql.table(partition)}`.execute(tx);
    return { partition, file: rows > 0 ? path : null, rows };
  });
}

/** Facts that came late may make a month anew that was archived before. */
async function choosePath(archiveDirectory: string, partition: string): Promise<string> {
  const taken = new Set(await listArchives(archiveDirectory));
  for (let copy = 1; ; copy += 1) {
    const path = join(archiveDirectory, `${partition}${copy === 1 ? '' : `-${copy}`}${ARCHIVE_ENDING}`);
    if (!taken.has(path)) return path;
  }
}

async function* readRows(
  tx: Transaction<Database>,
  { key, partition }: Month,
): AsyncGenerator<readonly Record<string, unknown>[]> {
  const place = sql.raw(`${key}, created_at`);
  let after = sql``;
  for (;;) {
    const { rows } = await sql<{ record: Record<string, unknown>; id: string; at: string }>`
      select to_jsonb(t) as record, ${sql.ref(key)}::text as id, created_at::text as at
      from ${sql.table(partition)} as t ${after} order by ${place} limit ${BATCH}`.execute(tx);
    yield rows.map((row) => row.record);
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    const type = sql.raw(key === 'tracking_token' ? 'text' : 'uuid');
    after = sql`where (${place}) > (${last.id}::${type}, ${last.at}::timestamptz)`;
  }
}
