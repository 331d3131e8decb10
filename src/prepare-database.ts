import { setTimeout as wait } from 'node:timers/promises';
import { MigrationRefused, migrate } from './io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from './io/migrations-directory.ts';
import type { Parts } from './parts.ts';
import { type FirstStart, prepareFirstStart } from './settings/first-start.ts';
import type { SignIn } from './settings/sign-in.ts';

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

/** Brings the schema up to date and makes what a first start needs. Throws if the database is away or refuses. */
export async function prepareDatabase(parts: Parts, signIn: SignIn): Promise<FirstStart> {
  const { config, database, logger } = parts;
  await migrate(database, { directory: MIGRATIONS_DIRECTORY, log: (message) => logger.info(message) });
  return prepareFirstStart({
    db: database.db,
    signIn,
    adminEmail: config.adminEmail,
    adminPassword: config.adminPassword,
    bootstrapApiKey: config.bootstrapApiKey,
  });
}

/** Tries until the database is there. Rejects for what waiting does not mend: a newer schema, a failing migration. */
export async function prepareWhenThere(
  parts: Parts,
  signIn: SignIn,
  signal: AbortSignal,
): Promise<FirstStart | null> {
  while (!signal.aborted) {
    try {
      return await prepareDatabase(parts, signIn);
    } catch (error) {
      if (error instanceof MigrationRefused || !isDatabaseAway(error)) throw error;
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return null;
}
