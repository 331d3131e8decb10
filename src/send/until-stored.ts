import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs } from '../domain/backoff.ts';
import { isDatabaseAway } from '../io/database-away.ts';

const BACKOFF = { baseMs: 100, maxMs: 2_000 };
/** Longer outages are left to the end of the lease: what was sent is then sent again, under the same event id. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Stores what a platform has answered, through an outage of the database too: forgotten, it would be sent again.
 * `store` is told whether it was begun before, because a broken connection does not tell whether it had been committed.
 * Rejects when stopped, when patience ends, and for every other error.
 */
export async function untilStored(
  store: (isAgain: boolean) => Promise<void>,
  stopping?: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store(attempt > 1);
    } catch (error) {
      if (!isDatabaseAway(error) || stopping?.aborted || performance.now() > giveUpAt) throw error;
    }
    await wait(backoffMs(BACKOFF, attempt), undefined, stopping ? { signal: stopping } : {});
  }
}
