import { setTimeout as wait } from 'node:timers/promises';
import type { HotEntry, HotStore, HotStoreName } from './hot-store.ts';

const ATTEMPTS = 10;
const PAUSE_MS = 200;
const GONE_AFTER_SECONDS = 1;

/**
 * Overwrites clicks in stores outside the database with nothing, which is gone a second later; then closes the
 * stores. Returns those that could not be reached: what they hold ends by its own time. Never rejects.
 */
export async function forgetClicks(
  stores: readonly HotStore[],
  clicks: readonly Omit<HotEntry, 'json'>[],
): Promise<readonly HotStoreName[]> {
  const away: HotStoreName[] = [];
  for (const store of stores) {
    if (store.name === 'tracking_temp') continue;
    if (clicks.length > 0 && !(await forgetIn(store, clicks))) away.push(store.name);
    await store.close().catch(() => undefined);
  }
  return away;
}

/** A store that was only just opened takes a moment to connect. */
async function forgetIn(store: HotStore, clicks: readonly Omit<HotEntry, 'json'>[]): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      await store.set(await buildBlanks(store, clicks), GONE_AFTER_SECONDS);
      return true;
    } catch {
      await wait(PAUSE_MS);
    }
  }
  return false;
}

/** The key of an fbclid may lead to somebody else's later click: that one stays. */
async function buildBlanks(
  store: HotStore,
  clicks: readonly Omit<HotEntry, 'json'>[],
): Promise<readonly HotEntry[]> {
  return Promise.all(
    clicks.map(async (click) => {
      const newest = click.fbclid === null ? null : await store.getTokenByFbclid(click.fbclid);
      return { ...click, fbclid: newest === click.token ? click.fbclid : null, json: 'null' };
    }),
  );
}
