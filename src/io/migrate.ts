import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DatabaseHandle } from './database.ts';
import { type Migration, readMigrations } from './migration-files.ts';

/** Where a database's schema stands against the program's migrations. */
export type MigrationState =
  | { kind: 'current'; version: number }
  | { kind: 'behind'; version: number; pending: string[] }
  | { kind: 'newer'; version: number; known: number }
  | { kind: 'changed'; name: string };

type Applied = { version: number; name: string; checksum: string };
type Queryable = Pick<pg.ClientBase, 'query'>;

/** Says why the schema cannot be brought to what this program needs. Nothing has been changed. */
export class MigrationRefused extends Error {
  override name = 'MigrationRefused';
}

// Any number that no other use of advisory locks has.
const lockKey = 7_206_831_045;
const lockPollMs = 200;

/**
 * Brings the schema to what the program needs. Safe with several processes at once: they take turns and the
 * later ones find nothing to do. Each migration runs in a transaction of its own, unless its first line is
 * `-- no transaction`: then it holds one statement that may be run twice.
 * @throws MigrationRefused for a newer schema or a changed file; an error that names the file for one that
 * fails, which then has left nothing behind.
 */
export async function migrate(
  handle: Pick<DatabaseHandle, 'pool' | 'kind'>,
  options: { directory: string; log?: (message: string) => void },
): Promise<{ applied: string[] }> {
  const migrations = readMigrations(options.directory);
  const applied: string[] = [];
  const client = await handle.pool.connect();
  try {
    // A change of a big table may take longer than any query of the program does.
    await client.query('set statement_timeout = 0');
    if (handle.kind === 'postgres') await lock(client);
    for (;;) {
      const name = await applyNext(client, migrations);
      if (name === null) return { applied };
      options.log?.(`applied migration ${name}`);
      applied.push(name);
    }
  } finally {
    // Closed, not put back into the pool: that is what frees the lock.
    client.release(true);
  }
}

/** Compares the schema with the program's migrations. It changes nothing. */
export async function migrationState(
  handle: Pick<DatabaseHandle, 'pool'>,
  options: { directory: string },
): Promise<MigrationState> {
  const found = await handle.pool.query(`select to_regclass('schema_migrations') is not null as made`);
  const made = found.rows[0]?.made === true;
  return compare(readMigrations(options.directory), made ? await readApplied(handle.pool) : []);
}

// It asks again instead of waiting inside the server: `create index concurrently` waits for every transaction
// that is open, and one that waits for this lock would be open. The embedded database needs no lock: a
// transaction has its only session to itself.
async function lock(client: Queryable): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as locked', [lockKey]);
    if (rows[0]?.locked === true) return;
    await sleep(lockPollMs);
  }
}

async function applyNext(client: Queryable, migrations: Migration[]): Promise<string | null> {
  const next = await inTransaction(client, async () => {
    const migration = await findNext(client, migrations);
    if (migration?.inTransaction) await apply(client, migration);
    return migration;
  });
  if (next?.inTransaction === false) await apply(client, next);
  return next?.name ?? null;
}

async function findNext(client: Queryable, migrations: Migration[]): Promise<Migration | null> {
  await client.query(`create table if not exists schema_migrations (
    version int primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`);
  const state = compare(migrations, await readApplied(client));
  if (state.kind === 'current') return null;
  if (state.kind !== 'behind') throw new MigrationRefused(explain(state));
  return migrations.find(({ name }) => name === state.pending[0]) ?? null;
}

async function apply(client: Queryable, migration: Migration): Promise<void> {
  const { version, name, checksum } = migration;
  try {
    await client.query(migration.sql);
  } catch (error) {
    throw new Error(`migration ${name} failed: ${describe(error, migration.sql)}`, { cause: error });
  }
  await client.query(
    'insert into schema_migrations (version, name, checksum) values ($1, $2, $3) on conflict do nothing',
    [version, name, checksum],
  );
}

async function readApplied(client: Queryable): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    'select version, name, checksum from schema_migrations order by version',
  );
  return rows;
}

function compare(migrations: Migration[], applied: Applied[]): MigrationState {
  const version = applied.at(-1)?.version ?? 0;
  const known = migrations.at(-1)?.version ?? 0;
  if (version > known) return { kind: 'newer', version, known };
  for (const { version: number, name, checksum } of applied) {
    const file = migrations.find((migration) => migration.version === number);
    if (file?.checksum !== checksum) return { kind: 'changed', name };
  }
  const done = new Set(applied.map((migration) => migration.version));
  const pending = migrations.filter((migration) => !done.has(migration.version)).map(({ name }) => name);
  return pending.length === 0 ? { kind: 'current', version } : { kind: 'behind', version, pending };
}

function explain(state: Extract<MigrationState, { kind: 'newer' | 'changed' }>): string {
  if (state.kind === 'changed') {
    return `migration ${state.name} was applied to this database with another text, or its file is gone: put the file back as it was and make the change in a new migration`;
  }
  return `the database is at version ${state.version}, this program knows up to ${state.known}: start the newer Rastro, or restore a backup from before the update`;
}

function describe(error: unknown, sql: string): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : String(error);
  const at = Number(error.position ?? Number.NaN);
  const line = Number.isNaN(at) ? '' : ` at line ${sql.slice(0, at).split('\n').length}`;
  return `${error.message}${line} (${error.code ?? 'no code'})`;
}

async function inTransaction<T>(client: Queryable, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // If the connection is lost the server rolls back by itself; the first error is the one to tell.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
