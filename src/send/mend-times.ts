import { type Kysely, sql } from 'kysely';
import { CLOCK_TOLERANCE_MS } from '../domain/elapsed.ts';
import type { Database } from '../io/database.gen.ts';
import { LONGEST_WAIT_MS } from './settle.ts';

/**
 * Frees what a clock that was ahead has put off: a claim that ends later than any lease can, a wait that is longer than
 * any is. Without it a destination would stand still until the clock has caught up.
 */
export async function mendTimes(
  db: Kysely<Database>,
  { now, leaseMs }: { readonly now: Date; readonly leaseMs: number },
): Promise<void> {
  const after = (ms: number) => new Date(now.getTime() + ms + CLOCK_TOLERANCE_MS);
  await sql`
    update deliveries set claimed_by = null, claimed_until = null, next_attempt_at = ${now}
    where state = 'due' and (claimed_until > ${after(leaseMs)}
      or next_attempt_at > ${after(LONGEST_WAIT_MS)})`.execute(db);
  await sql`
    update destination_states set slow_until = null, updated_at = ${now}
    where slow_until is not null and updated_at > ${after(0)}`.execute(db);
}
