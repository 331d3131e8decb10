import { type Kysely, sql } from 'kysely';
import { CLOCK_TOLERANCE_MS } from '../domain/elapsed.ts';
import type { Database } from '../io/database.gen.ts';
import type { Job } from './job.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * What waits for a time, and the longest that it is ever told to wait, with its lease. Telegram's own `retry_after` may be
 * longer, but that wait is the bot's and stays; deliveries have their own (`mendTimes`, before each round).
 */
const WAITS = [
  { table: 'telegram_updates', condition: "state = 'due'", at: 'next_attempt_at', longestMs: MINUTE_MS },
  { table: 'bot_messages', condition: "state = 'due'", at: 'next_attempt_at', longestMs: 10 * MINUTE_MS },
  { table: 'gateway_webhooks', condition: "state = 'due'", at: 'next_attempt_at', longestMs: 15 * MINUTE_MS },
  { table: 'payments', condition: "status = 'pending'", at: 'next_check_at', longestMs: 15 * MINUTE_MS },
  { table: 'payments', condition: "status = 'expired'", at: 'next_check_at', longestMs: HOUR_MS },
  { table: 'report_runs', condition: "state = 'due'", at: 'next_attempt_at', longestMs: HOUR_MS },
] as const;

/**
 * Lets go what a clock that was ahead has put off for longer than any wait is: without it a pressed button, a message or
 * a payment would stand still until the clock has caught up. Returns how many there were.
 */
export async function freeWaits(db: Kysely<Database>, now: Date): Promise<number> {
  let freed = 0;
  for (const { table, condition, at, longestMs } of WAITS) {
    const latest = new Date(now.getTime() + longestMs + CLOCK_TOLERANCE_MS);
    const { numAffectedRows = 0n } = await sql`
      update ${sql.table(table)} set ${sql.ref(at)} = ${now}
      where ${sql.raw(condition)} and ${sql.ref(at)} > ${latest}`.execute(db);
    freed += Number(numAffectedRows);
  }
  return freed;
}

/** Every minute; finds nothing unless a clock was wrong. */
export const freeWaitsJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'free-waits',
  schedule: { everySeconds: 60 },
  run: async ({ database }) =>
    `${await freeWaits(database.db, new Date())} waits of a clock that was ahead ended`,
};
