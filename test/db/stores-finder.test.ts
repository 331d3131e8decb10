import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClickFact } from '../../src/domain/facts.ts';
import { buildIpHash } from '../../src/domain/ip-hash.ts';
import { type ClickFinder, createClickFinder } from '../../src/projections/click-finder.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { buildHotEntry, readHotClick } from '../../src/projections/hot-click.ts';
import { LookupCounts } from '../../src/projections/lookup-counts.ts';
import { buildRecordedClick } from '../../src/projections/read-records.ts';
import type { HotEntry, HotStore } from '../../src/stores/hot-store.ts';
import type { StoreChain } from '../../src/stores/store-chain.ts';
import { openTempStore } from '../../src/stores/temp-store.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DrainWorld, drainAll, openDrainWorld } from './drain-world.ts';
import { tools } from './leads-world.ts';
import { openChain, openMemcached, openRedis, serverUrl } from './stores-world.ts';

const TOOLS = { ipHashSalt: 'salt', enricher: createEnricher({ geo: null }) };

/** What is found is the question here, not how soon: a store that is slow on a busy machine is asked all the same. */
const PATIENT = { readMs: 20_000, writeMs: 20_000, probeEveryMs: 100 };

interface Machine {
  readonly world: DrainWorld;
  readonly chain: StoreChain;
  readonly lookups: LookupCounts;
  readonly finder: ClickFinder;
  /** As the edge does with a click: into the log, then on its way to a store. */
  capture(fact: ClickFact): Promise<void>;
}

/** A machine with its own log on the world's database, and the stores that are given. */
function openMachine(world: DrainWorld, stores: readonly HotStore[]): Machine {
  const { db, log } = world;
  const chain = openChain(stores, { patience: PATIENT });
  const lookups = new LookupCounts();
  const finder = createClickFinder({
    ...{ db, recent: null, log, stores: chain, lookups, ...TOOLS, vault: tools.vault },
  });
  const capture = async (fact: ClickFact) => {
    await world.record(fact);
    chain.keep(() => buildHotEntry(fact));
  };
  return { world, chain, lookups, finder, capture };
}

let here: DrainWorld;
let there: DrainWorld;

beforeAll(async () => {
  here = await openDrainWorld();
  there = await openDrainWorld(here.database);
});

afterAll(async () => {
  await there.close();
  await here.close();
});

describe('what a store keeps of a click', () => {
  const facts: readonly [string, Partial<ClickFact>][] = [
    ['a plain click', {}],
    [
      'all its identifiers',
      { url: 'https://a.example/go/x?fbclid=Ab1&gclid=g&ttclid=t&utm_source=fb&src=s&q=1' },
    ],
    ['cookies', { fbp: 'fb.1.1700000000000.1234567890', fbc: 'fb.1.1700000000000.Ab1' }],
    ['nothing of the visitor', { ip: null, userAgent: null, referrer: null, language: null }],
    [
      'hints and a consent not given',
      { hints: { 'sec-ch-ua-mobile': '?1' }, consent: 'denied', mode: 'direct' },
    ],
    [
      'odd texts',
      { url: 'https://a.example/go/x?utm_campaign=Promo%C3%A7%C3%A3o%20%00%F0%9F%98%80&utm_term=%zz' },
    ],
  ];

  it.each(facts)('is the click that the drain makes, for %s', (_, changes) => {
    const fact = here.click(changes);
    expect(readHotClick(buildHotEntry(fact).json, TOOLS)).toEqual(buildRecordedClick(fact, TOOLS));
  });

  it('is flat JSON under the names of the table', () => {
    const fact = here.click({ url: 'https://a.example/go/x?fbclid=Ab1&utm_source=fb', ip: '189.1.2.3' });
    expect(JSON.parse(buildHotEntry(fact).json)).toMatchObject({
      ...{ tracking_token: fact.token, workspace_id: fact.workspaceId, pool_id: fact.poolId, fbclid: 'Ab1' },
      ...{
        utm_source: 'fb',
        client_ip: '189.1.2.3',
        pageview_event_id: `evt_${fact.token}`,
        consent: 'granted',
      },
      ...{ fbc_origin: 'generated', created_at: new Date(fact.at).toISOString() },
    });
  });

  it.each(['', 'null', '[]', '{}', '{"tracking_token":"x"}', 'not json'])('is never %j', (json) => {
    expect(readHotClick(json, TOOLS)).toBeNull();
  });

  it('works out the address again instead of believing the store', () => {
    const stored = { ...JSON.parse(buildHotEntry(here.click()).json), client_ip: 'drop table', ip_hash: 'x' };
    const click = readHotClick(JSON.stringify(stored), TOOLS);
    expect(click).toMatchObject({ clientIp: null, ipHash: buildIpHash('salt', null) });
  });
});

describe('two machines on one database', () => {
  const openers: readonly [HotStore['name'], () => HotStore][] = [
    ['redis', () => openRedis(serverUrl('TEST_REDIS_URL'))],
    ['memcached', () => openMemcached(serverUrl('TEST_MEMCACHED_URL'))],
    ['tracking_temp', () => openTempStore(here.db)],
  ];
  let a: Machine;
  let b: Machine;

  describe.each(openers)('with %s', (name, open) => {
    beforeEach(async () => {
      a = openMachine(here, [open()]);
      b = openMachine(there, [open()]);
      const isUp = (machine: Machine) => machine.chain.state().stores[0]?.breaker === 'closed';
      await waitFor('both connections', () => isUp(a) && isUp(b));
      return () => Promise.all([a.chain.close(), b.chain.close()]);
    });

    it('finds on the second what the first has captured and nobody has folded', async () => {
      const fbclid = `two-${name}-${here.workspaceId}`;
      const fact = here.click({ url: `https://a.example/go/x?fbclid=${fbclid}` });
      await a.capture(fact);
      await waitFor('the store', () => a.chain.state().stores[0]?.stored === 1);
      expect(await b.finder.byToken(fact.token)).toEqual(buildRecordedClick(fact, TOOLS));
      expect(await b.finder.newestByFbclid(here.workspaceId, fbclid)).toMatchObject({
        trackingToken: fact.token,
      });
      expect(b.lookups.read()).toEqual({ [name]: 2 });
    });

    it('gives no click of another workspace to whoever knows its fbclid', async () => {
      const fbclid = `foreign-${name}-${here.workspaceId}`;
      const fact = here.click({ url: `https://a.example/go/x?fbclid=${fbclid}` });
      await a.capture(fact);
      await waitFor('the store', () => a.chain.state().stores[0]?.stored === 1);
      expect(await b.finder.newestByFbclid(there.workspaceId, fbclid)).toBeNull();
    });
  });

  it('waits for what a store that is away may have: the machine that has captured it folds it', async () => {
    const silent: HotStore = {
      name: 'redis',
      get: () => Promise.reject(new Error('away')),
      getTokenByFbclid: () => Promise.reject(new Error('away')),
      set: async () => undefined,
      ping: async () => undefined,
      close: async () => undefined,
    };
    const second = openMachine(there, [silent]);
    const fact = here.click();
    await here.record(fact);
    const found = second.finder.byToken(fact.token);
    await waitFor('the look', () => (second.chain.state().stores[0]?.failures ?? 0) > 0);
    await drainAll(here.drain);
    expect(await found).toMatchObject({ trackingToken: fact.token });
    expect(second.lookups.read()).toEqual({ clicks: 1 });
    // What nobody has ever captured is given up.
    expect(await second.finder.byToken('f'.repeat(32))).toBeNull();
    await second.chain.close();
  });

  it('finds each click whichever store took it', async () => {
    const stores = openers.map(([, open]) => open());
    const all = openMachine(
      there,
      openers.map(([, open]) => open()),
    );
    const facts = openers.map(() => here.click());
    for (const [index, fact] of facts.entries()) {
      await waitFor('the store', () => stores[index]?.set([buildHotEntry(fact)], 60).then(() => true));
    }
    for (const [index, fact] of facts.entries()) {
      const [name = ''] = openers[index] ?? [];
      const before = all.lookups.read();
      expect(await all.finder.byToken(fact.token)).toMatchObject({ trackingToken: fact.token });
      expect(all.lookups.read()).toEqual({ ...before, [name]: 1 });
    }
    await Promise.all([all.chain.close(), ...stores.map((store) => store.close())]);
  });
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long people take from the click to the start: share, and the longest of the class. */
const DELAYS = [
  { share: 0.35, from: 0, to: SECOND },
  { share: 0.35, from: SECOND, to: MINUTE },
  { share: 0.2, from: MINUTE, to: 3 * MINUTE },
  { share: 0.05, from: 3 * MINUTE, to: HOUR },
  { share: 0.04, from: HOUR, to: DAY },
  { share: 0.01, from: DAY, to: 30 * DAY },
] as const;

function delayOf(position: number): number {
  let below = 0;
  for (const { share, from, to } of DELAYS) {
    if (position < below + share) return from + ((position - below) / share) * (to - from);
    below += share;
  }
  return 30 * DAY;
}

/** A store that forgets after three minutes of a clock that is moved by hand. */
function makeForgetfulStore(clock: { now: number }) {
  const kept = new Map<string, { entry: HotEntry; until: number }>();
  const alive = (token: string) => {
    const found = kept.get(token);
    return found && found.until > clock.now ? found.entry.json : null;
  };
  const store: HotStore = {
    name: 'redis',
    get: async (token) => alive(token),
    getTokenByFbclid: async () => null,
    set: async (entries) => {
      for (const entry of entries) kept.set(entry.token, { entry, until: clock.now + 3 * MINUTE });
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
  return { store, has: (token: string) => alive(token) !== null, size: () => kept.size };
}

it('matches every start of a day of clicks, seconds or weeks after the click', async () => {
  const CLICKS = 600;
  const DRAIN_LAG = SECOND;
  const clock = { now: Date.now() - 40 * DAY };
  const forgetful = makeForgetfulStore(clock);
  const machine = openMachine(here, [forgetful.store]);
  const begin = clock.now;
  const clicks = Array.from({ length: CLICKS }, (_, index) => {
    const at = Math.round(begin + (index / CLICKS) * DAY);
    // Spread evenly over the classes, in no order: 619 and 600 have no factor in common.
    return { fact: here.click({ at }), startAt: at + delayOf(((index * 619) % CLICKS) / CLICKS) };
  });
  const starts = clicks.toSorted((one, other) => one.startAt - other.startAt);
  const outcome = { matched: 0, lostWithStoreOnly: 0 };
  let captured = 0;
  let started = 0;
  while (started < CLICKS) {
    // Everything that happens in the next half hour, in the order in which it happens.
    const until = clock.now + 30 * MINUTE;
    const fresh: ClickFact[] = [];
    for (let click = clicks[captured]; click && click.fact.at < until; click = clicks[captured]) {
      fresh.push(click.fact);
      captured += 1;
    }
    await here.record(...fresh);
    const quick = new Map<string, () => Promise<void>>();
    for (; (starts[started]?.startAt ?? Number.POSITIVE_INFINITY) < until; started += 1) {
      const { fact, startAt } = starts[started] as (typeof starts)[number];
      quick.set(fact.token, async () => {
        clock.now = startAt;
        if (!forgetful.has(fact.token)) outcome.lostWithStoreOnly += 1;
        const click = await machine.finder.byToken(fact.token);
        if (click?.trackingToken === fact.token) outcome.matched += 1;
      });
    }
    for (const fact of fresh) {
      clock.now = fact.at;
      const before = forgetful.size();
      machine.chain.keep(() => buildHotEntry(fact));
      await waitFor('the store', () => forgetful.size() > before, { everyMs: 1 });
      const click = clicks.find((one) => one.fact === fact);
      const isBeforeDrain = click !== undefined && click.startAt - fact.at < DRAIN_LAG;
      if (isBeforeDrain) await quick.get(fact.token)?.();
      if (isBeforeDrain) quick.delete(fact.token);
    }
    await drainAll(here.drain);
    for (const start of quick.values()) await start();
    clock.now = until;
    // Nights and weeks without anything need no steps.
    if (captured === CLICKS) clock.now = Math.max(clock.now, (starts[started]?.startAt ?? 0) - MINUTE);
  }
  await machine.chain.close();
  expect(outcome.matched).toBe(CLICKS);
  // The control: with nothing but a store of three minutes, a tenth of the starts would find no click.
  expect(outcome.lostWithStoreOnly / CLICKS).toBeGreaterThan(0.05);
  expect(machine.lookups.read()).toMatchObject({ clicks: expect.any(Number), redis: expect.any(Number) });
  expect(machine.lookups.read().none).toBeUndefined();
}, 300_000);
