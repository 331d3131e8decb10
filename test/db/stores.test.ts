import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStores } from '../../src/doctor/check-stores.ts';
import type { HotStore } from '../../src/stores/hot-store.ts';
import { openTempStore, removeExpired } from '../../src/stores/temp-store.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeEntry, openChain, openMemcached, openRedis, serverUrl } from './stores-world.ts';

let database: OpenTestDatabase;
const stores: Record<string, HotStore> = {};

beforeAll(async () => {
  database = await openTestDatabase();
  stores.redis = openRedis(serverUrl('TEST_REDIS_URL'));
  stores.memcached = openMemcached(serverUrl('TEST_MEMCACHED_URL'));
  stores.tracking_temp = openTempStore(database.db);
  await waitFor('the stores', async () => {
    await Promise.all(Object.values(stores).map((store) => store.ping()));
    return true;
  });
});

afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  await database.close();
});

describe.each(['redis', 'memcached', 'tracking_temp'])('%s', (name) => {
  const store = () => stores[name] as HotStore;

  it('gives back what it was given, byte for byte or as the same JSON', async () => {
    const entries = [makeEntry(), makeEntry({ fbclid: null })];
    await store().set(entries, 60);
    for (const entry of entries) {
      expect(JSON.parse((await store().get(entry.token)) ?? 'null')).toEqual(JSON.parse(entry.json));
    }
    const [first] = entries;
    expect(await store().getTokenByFbclid(first?.fbclid ?? '')).toBe(first?.token);
  });

  it('knows nothing of a click that nobody gave it', async () => {
    expect(await store().get(makeEntry().token)).toBeNull();
    expect(await store().getTokenByFbclid('never-seen')).toBeNull();
  });

  it('gives the newest of two clicks with one fbclid', async () => {
    const [older, newer] = [makeEntry(), makeEntry()];
    const fbclid = `shared-${older.token}`;
    await store().set([{ ...older, fbclid }], 60);
    await wait(5);
    await store().set([{ ...newer, fbclid }], 60);
    expect(await store().getTokenByFbclid(fbclid)).toBe(newer.token);
  });

  it('forgets what has expired', async () => {
    const entry = makeEntry();
    await store().set([entry], 1);
    await waitFor('the end', async () => (await store().get(entry.token)) === null);
    expect(await store().getTokenByFbclid(entry.fbclid ?? '')).toBeNull();
  });

  it.each([
    ['a line break and a command', 'x\r\nflush_all\r\n'],
    ['spaces', 'a b c'],
    ['2,000 characters', 'x'.repeat(2_000)],
    ['no ASCII', 'ção✓'],
  ])('keeps the click of an fbclid with %s', async (_, odd) => {
    const { token } = makeEntry();
    // Nobody else's: the servers are those of all suites that run at once.
    const fbclid = `${odd}${token}`;
    const entry = makeEntry({ token, fbclid });
    await store().set([entry], 60);
    expect(await store().get(entry.token)).not.toBeNull();
    expect([entry.token, null]).toContain(await store().getTokenByFbclid(fbclid));
  });
});

it('keeps clicks under the names of the contract', async () => {
  const { Redis } = await import('ioredis');
  const client = new Redis(serverUrl('TEST_REDIS_URL'));
  const entry = makeEntry();
  await stores.redis?.set([entry], 60);
  expect(await client.get(`tracking:${entry.token}`)).toBe(entry.json);
  expect(await client.get(`tracking:fbclid:${entry.fbclid}`)).toBe(entry.token);
  expect(await client.ttl(`tracking:${entry.token}`)).toBeGreaterThan(50);
  client.disconnect();
});

it('removes expired rows of tracking_temp and no other', async () => {
  const [old, fresh] = [makeEntry(), makeEntry()];
  await stores.tracking_temp?.set([old], -1);
  await stores.tracking_temp?.set([fresh], 60);
  expect(await removeExpired(database.db, new AbortController().signal)).toBeGreaterThanOrEqual(1);
  const rows = await database.db.selectFrom('tracking_temp').select('tracking_token').execute();
  const tokens = rows.map((row) => row.tracking_token);
  expect(tokens).toContain(fresh.token);
  expect(tokens).not.toContain(old.token);
});

/** A store that does as it is told. */
function makeStore(name: HotStore['name'], behaviour: { answer: () => Promise<void> }) {
  const kept = new Map<string, string>();
  const store: HotStore = {
    name,
    get: async (token) => {
      await behaviour.answer();
      return kept.get(token) ?? null;
    },
    getTokenByFbclid: async () => {
      await behaviour.answer();
      return null;
    },
    set: async (entries) => {
      await behaviour.answer();
      for (const entry of entries) kept.set(entry.token, entry.json);
    },
    ping: () => behaviour.answer(),
    close: async () => undefined,
  };
  return { store, kept };
}

const well = async () => undefined;
const broken = async () => {
  throw new Error('away');
};
const never = () => new Promise<void>(() => undefined);

describe('the chain', () => {
  it('writes to the first store only, and to the next one while that is away', async () => {
    const behaviour = { answer: well };
    const [first, second] = [makeStore('redis', behaviour), makeStore('memcached', { answer: well })];
    const chain = openChain([first.store, second.store]);
    const entries = [makeEntry(), makeEntry(), makeEntry()];
    chain.keep(() => entries[0] ?? null);
    await waitFor('the first', () => first.kept.size === 1);
    behaviour.answer = broken;
    chain.keep(() => entries[1] ?? null);
    await waitFor('the second', () => second.kept.size === 1);
    await waitFor('the breaker', () => chain.state().stores[0]?.breaker === 'open');
    behaviour.answer = well;
    await waitFor('recovery by a probe', () => chain.state().stores[0]?.breaker === 'closed');
    chain.keep(() => entries[2] ?? null);
    await waitFor('the first again', () => first.kept.size === 2);
    // Whichever store took it, it is found.
    for (const { token } of entries) expect((await chain.look(token)).found).not.toBeNull();
    expect(chain.state().dropped).toBe(0);
    await chain.close();
  });

  it('skips a store that does not answer in time, and then does not ask it at all', async () => {
    const [slow, next] = [makeStore('redis', { answer: never }), makeStore('memcached', { answer: well })];
    const chain = openChain([slow.store, next.store], {
      patience: { readMs: 50, writeMs: 100, probeEveryMs: 20 },
    });
    const entry = makeEntry();
    next.kept.set(entry.token, entry.json);
    const begun = performance.now();
    expect((await chain.look(entry.token)).found).toMatchObject({ store: 'memcached' });
    // Its 50 ms, and more than any machine is too busy for: it never answers at all.
    expect(performance.now() - begun).toBeLessThan(10_000);
    await waitFor('the breaker', () => chain.state().stores[0]?.breaker === 'open');
    expect(chain.state().stores[0]).toMatchObject({ lastError: 'no answer in time' });
    const { failures } = chain.state().stores[0] ?? {};
    expect((await chain.look(entry.token)).found).toMatchObject({ store: 'memcached' });
    expect(chain.state().stores[0]?.failures).toBe(failures);
    await chain.close();
  });

  it('drops with a count what no store takes, and what finds no room', async () => {
    const chain = openChain([makeStore('redis', { answer: broken }).store], { maxWaiting: 10 });
    for (let click = 0; click < 25; click += 1) chain.keep(() => makeEntry());
    expect(chain.state()).toMatchObject({ waiting: 10, dropped: 15 });
    await waitFor('the rest', () => chain.state().dropped === 25);
    await chain.close();
  });

  it('does nothing where there is no store', async () => {
    const chain = openChain([]);
    chain.keep(() => {
      throw new Error('nothing is built for nobody');
    });
    expect(await chain.look(makeEntry().token)).toEqual({ found: null, isSure: true });
    expect(chain.state()).toEqual({ stores: [], waiting: 0, dropped: 0 });
    await chain.close();
  });

  it('writes what waits when it is closed', async () => {
    const { store, kept } = makeStore('redis', { answer: well });
    const chain = openChain([store]);
    for (let click = 0; click < 300; click += 1) chain.keep(() => makeEntry());
    await chain.close();
    expect(kept.size).toBe(300);
  });
});

describe('the doctor', () => {
  it('finds that a store takes clicks', async () => {
    const [finding] = await checkStores([openRedis(serverUrl('TEST_REDIS_URL'))]);
    expect(finding).toMatchObject({
      check: 'hot store redis',
      detail: expect.stringContaining('takes clicks'),
    });
  });

  it.each([
    ['redis', () => openRedis('redis://127.0.0.1:1')],
    ['memcached', () => openMemcached('127.0.0.1:1')],
  ])('names what to look at when %s is away', async (_, open) => {
    const [finding] = await checkStores([open()]);
    expect(finding).toMatchObject({ state: 'warning', fix: expect.stringContaining('_URL') });
  });
});
