import { setTimeout as wait } from 'node:timers/promises';
import { isDatabaseAway } from './io/database-away.ts';
import { migrate } from './io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from './io/migrations-directory.ts';
import type { Parts } from './parts.ts';

const RETRY_MS = 1000;

/** Brings the schema up to date. Throws if the database is away or refuses. */
export async function migrateDatabase({ database, logger }: Parts): Promise<void> {
  await migrate(database, { directory: MIGRATIONS_DIRECTORY, log: (message) => logger.info(message) });
}

/** Tries until the database is there; false if stopped before. Rejects for what waiting does not mend. */
export async function migrateWhenThere(parts: Parts, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await migrateDatabase(parts);
      return true;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return false;
}
