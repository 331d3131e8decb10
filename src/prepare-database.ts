import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from './io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from './io/migrations-directory.ts';
import type { Parts } from './parts.ts';

const RETRY_MS = 1000;

/** Codes of a database that is not there, or not yet: the network's, and PostgreSQL's own (class 08, 57P0x). */
const AWAY = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|EPIPE|08...|57P0.|53300)$/;

/** Whether an error says that the database cannot be reached now, as opposed to one that is misused or broken. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return AWAY.test(error.code);
  return /timeout exceeded when trying to connect|Connection terminated/i.test(error.message);
}

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
