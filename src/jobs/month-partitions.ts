import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Job } from './job.ts';

/** How far ahead partitions stand ready, months, the current one included. */
const MONTHS_AHEAD = 4;

/** Makes the months ahead of every monthly table; the number of partitions made. */
export async function ensureMonthsAhead(db: Kysely<Database>, now: Date): Promise<number> {
  const { rows } = await sql<{ made: string | null }>`
    select sum(ensure_month_partitions(oid::regclass, ${now}::timestamptz::date, ${MONTHS_AHEAD})) as made
    from pg_class
    where relkind = 'p' and relnamespace = 'public'::regnamespace`.execute(db);
  return Number(rows[0]?.made ?? 0);
}

/** Every night, so that no month ever begins without its partitions. */
export const monthPartitionsJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'month-partitions',
  schedule: { cron: '17 2 * * *' },
  run: async ({ database }) => {
    const made = await ensureMonthsAhead(database.db, new Date());
    return made === 0 ? 'all months are there' : `${made} partitions made`;
  },
};
