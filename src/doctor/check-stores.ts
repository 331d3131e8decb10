import { setTimeout as wait } from 'node:timers/promises';
import type { HotStore } from '../stores/hot-store.ts';
import { type Finding, fine, warning } from './finding.ts';

const PATIENCE_MS = 2_500;
const EVERY_MS = 100;
/** As long as the chain waits for a look before it skips the store. */
const SLOW_MS = 50;

/** Writes to each hot store and looks how long that takes; closes them. */
export async function checkStores(stores: readonly HotStore[]): Promise<Finding[]> {
  if (stores.length === 0) {
    return [fine('hot stores', 'none configured: clicks are served from memory and the database')];
  }
  return Promise.all(stores.map(checkStore));
}

async function checkStore(store: HotStore): Promise<Finding> {
  const check = `hot store ${store.name}`;
  const { ms, error } = await tryUntil(store, performance.now() + PATIENCE_MS);
  await store.close();
  if (error !== null) {
    const fix = `See that it runs, can be reached from here and takes writes (${VARIABLES[store.name]}). Clicks are safe in the log meanwhile.`;
    return warning(check, `does not take clicks: ${error}`, fix);
  }
  const text = `takes clicks, in ${ms.toFixed(1)} ms`;
  return ms < SLOW_MS
    ? fine(check, text)
    : warning(check, text, `The server skips a store that needs ${SLOW_MS} ms: bring it nearer.`);
}

const VARIABLES: Readonly<Record<HotStore['name'], string>> = {
  redis: 'REDIS_URL',
  memcached: 'MEMCACHED_URL',
  tracking_temp: 'DATABASE_URL',
};

/** The first attempts may come before the connection; the time is that of one attempt. */
async function tryUntil(store: HotStore, until: number): Promise<{ ms: number; error: string | null }> {
  for (;;) {
    const begun = performance.now();
    try {
      await Promise.race([store.ping(), refuse(until - begun)]);
      return { ms: performance.now() - begun, error: null };
    } catch (error) {
      const text = error instanceof Error ? error.message : 'unknown error';
      if (performance.now() >= until) return { ms: 0, error: text.slice(0, 200) };
    }
    await wait(EVERY_MS);
  }
}

async function refuse(ms: number): Promise<never> {
  await wait(Math.max(0, ms), undefined, { ref: false });
  throw new Error('no answer in time');
}
