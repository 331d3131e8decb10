import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Job } from '../jobs/job.ts';
import { removeExpired } from './temp-store.ts';

/** Every five minutes: a click that has expired is of no use, its row is in `clicks`. */
export const removeExpiredJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'tidy-tracking-temp',
  schedule: { cron: '*/5 * * * *' },
  run: async ({ database }, signal) =>
    `${await removeExpired(database.db, signal)} expired clicks removed from tracking_temp`,
};
