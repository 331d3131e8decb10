import { sql } from 'kysely';
import type { DatabaseHandle } from '../io/database.ts';
import { migrationState } from '../io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../io/migrations-directory.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** Clocks further apart than this make deadlines and holds wrong. */
const MAX_CLOCK_GAP_MS = 5_000;

/** Connection, version, schema and clock of the database; only the first finding if it is away. */
export async function checkDatabase(database: DatabaseHandle): Promise<Finding[]> {
  try {
    return [await checkVersion(database), await checkSchema(database), await checkClock(database)];
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown fault';
    const fix = /timeout/i.test(why)
      ? 'It runs but does not answer: see its load, its disk and pg_stat_activity; if it hangs, restart it.'
      : 'Start it, and check host, port, user and password in DATABASE_URL.';
    return [fault('database', `cannot be reached: ${why}. Clicks are kept in the log meanwhile`, fix)];
  }
}

async function checkVersion({ db, kind }: DatabaseHandle): Promise<Finding> {
  const { rows } = await sql<{
    version: string;
  }>`select current_setting('server_version') as version`.execute(db);
  const version = `PostgreSQL ${rows[0]?.version}`;
  return fine('database', kind === 'embedded' ? `embedded, ${version}` : version);
}

async function checkSchema(database: DatabaseHandle): Promise<Finding> {
  const state = await migrationState(database, { directory: MIGRATIONS_DIRECTORY });
  switch (state.kind) {
    case 'current':
      return fine('schema', `version ${state.version}, up to date`);
    case 'behind':
      return warning(
        'schema',
        `${state.pending.length} migrations are due`,
        'Run: npm run rastro -- migrate',
      );
    case 'newer':
      return fault(
        'schema',
        `the database is at version ${state.version}, this program knows up to ${state.known}`,
        'Start the newer Rastro, or restore a backup from before it.',
      );
    case 'changed':
      return fault(
        'schema',
        `migration ${state.name} is not the one that was applied`,
        'Put the original file back: applied migrations never change.',
      );
  }
}

async function checkClock({ db }: DatabaseHandle): Promise<Finding> {
  const before = Date.now();
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const middle = (before + Date.now()) / 2;
  const gap = Math.abs((rows[0]?.now.getTime() ?? 0) - middle);
  return gap > MAX_CLOCK_GAP_MS
    ? fault(
        'clock',
        `${Math.round(gap / 1000)} s apart from the database's`,
        'Set both machines’ clocks by NTP.',
      )
    : fine('clock', 'agrees with the database');
}
