import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Job } from './job.ts';

const KEEP_DAYS = 30;
const BATCH = 5_000;

/** What is settled and may go, with the time that it is kept by. */
const SETTLED = [
  { table: 'telegram_updates', condition: "state <> 'due'", at: 'received_at' },
  { table: 'bot_messages', condition: "state <> 'due'", at: 'created_at' },
  { table: 'gateway_webhooks', condition: "state <> 'due'", at: 'received_at' },
] as const;

/** Removes rows of the queues that were settled long ago; how many went. Payments keep their own history. */
export async function tidyQueues(db: Kysely<Database>, now: Date, signal: AbortSignal): Promise<number> {
  const before = new Date(now.getTime() - KEEP_DAYS * 86_400_000);
  let removed = 0;
  for (const queue of SETTLED) removed += await removeSettled(db, queue, { before, signal });
  return removed;
}

/** In batches: one statement over a year's rows would hold its locks for minutes. */
async function removeSettled(
  db: Kysely<Database>,
  { table, condition, at }: (typeof SETTLED)[number],
  { before, signal }: { readonly before: Date; readonly signal: AbortSignal },
): Promise<number> {
  let removed = 0;
  for (;;) {
    signal.throwIfAborted();
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where ctid = any (array(
        select ctid from ${sql.table(table)} where ${sql.raw(condition)} and ${sql.ref(at)} < ${before} limit ${BATCH}
      ))`.execute(db);
    removed += Number(numAffectedRows);
    if (numAffectedRows < BATCH) return removed;
  }
}

/** Every night: what the queues have done is remembered for 30 days. */
export const tidyQueuesJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'tidy-queues',
  schedule: { cron: '41 3 * * *' },
  run: async ({ database }, signal) => {
    const removed = await tidyQueues(database.db, new Date(), signal);
    return `${removed} settled rows removed`;
  },
};
