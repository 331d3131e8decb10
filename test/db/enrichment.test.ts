import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClickFact } from '../../src/domain/facts.ts';
import { type Geo, openGeo } from '../../src/io/geo/geo.ts';
import { openLogger } from '../../src/io/logger.ts';
import { createClickFinder } from '../../src/projections/click-finder.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { findClick } from '../../src/projections/find-clicks.ts';
import { LookupCounts } from '../../src/projections/lookup-counts.ts';
import { type RecomputeQuestion, recomputeBots } from '../../src/projections/recompute-bots.ts';
import { listFiltered, summarizeFiltered } from '../../src/reports/filtered-visits.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { buildMmdb } from '../support/mmdb.ts';
import { type DrainWorld, drainAll, openDrainWorld } from './drain-world.ts';
import { tools } from './leads-world.ts';

const INSTAGRAM =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.7390.122 Mobile Safari/537.36 Instagram 405.1.0.57.77 Android (34/14; 450dpi; 1080x2125; samsung; SM-S911B; dm1q; qcom; pt_BR; 801522311)';
const CAMPINAS = {
  country_code: 'BR',
  state1: 'Sao Paulo',
  city: 'Campinas (Cambui)',
  latitude: -22.9,
  longitude: -47.1,
};

let database: OpenTestDatabase;
let world: DrainWorld;
let geo: Geo;
let directory = '';

beforeAll(async () => {
  database = await openTestDatabase();
  directory = mkdtempSync(join(tmpdir(), 'rastro-geo-'));
  const cityDb = join(directory, 'city.mmdb');
  writeFileSync(cityDb, buildMmdb({ ipVersion: 4, networks: { '177.32.0.0/16': CAMPINAS } }));
  geo = openGeo({ cityDb, dataDir: directory, logger: openLogger('silent'), compilesNetworks: false });
});
afterAll(async () => {
  geo.close();
  rmSync(directory, { recursive: true });
  await database.close();
});
beforeEach(async () => {
  world = await openDrainWorld(database);
});
afterEach(() => world.close());

const fold = async (...facts: ClickFact[]) => {
  await world.record(...facts);
  await drainAll(world.restartDrain({ enricher: createEnricher({ geo }) }));
};
const stored = (token: string) => findClick(world.db, token);

const FOLDED = {
  ...{ geoCity: 'Campinas', geoState: 'SP', geoCountry: 'BR', geoLatitude: -22.9, geoLongitude: -47.1 },
  ...{ deviceType: 'Samsung SM-S911B', browserName: 'Instagram', browserVersion: '405.1.0.57.77' },
  ...{ osName: 'Android', osVersion: '14', inApp: 'instagram', isMobile: true, isTablet: false, isPc: false },
  ...{ isBotDetected: false, botReasons: [], botClass: null },
};

describe('enrichment', () => {
  test('a folded click knows place, device and app', async () => {
    const click = world.click({ ip: '177.32.5.6', userAgent: INSTAGRAM });
    await fold(click);
    expect(await stored(click.token)).toMatchObject(FOLDED);
  });

  test('a click that is found before it is folded knows them too', async () => {
    const click = world.click({ ip: '177.32.5.6', userAgent: INSTAGRAM });
    await world.record(click);
    const { db, log } = world;
    const enricher = createEnricher({ geo });
    const finder = createClickFinder({
      ...{ db, recent: null, log, ipHashSalt: 'salt', enricher, vault: tools.vault },
      stores: { look: async () => ({ found: null, isSure: true }), listByFbclid: async () => [] },
      lookups: new LookupCounts(),
    });
    expect(await finder.byToken(click.token)).toMatchObject(FOLDED);
  });

  test('an address that nobody knows costs the click nothing', async () => {
    const click = world.click({ ip: '10.0.0.1', userAgent: INSTAGRAM });
    await fold(click);
    expect(await stored(click.token)).toMatchObject({ geoCountry: null, geoCity: null, inApp: 'instagram' });
  });
});

describe('bots', () => {
  const MINUTE = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
  const crowd = (count: number, changes: Partial<ClickFact>) =>
    Array.from({ length: count }, (_, index) => world.click({ at: MINUTE + index, ...changes }));
  const countBots = async () => {
    const row = await world.db
      .selectFrom('clicks')
      .select(sql<number>`count(*) filter (where is_bot_detected)::int`.as('bots'))
      .where('workspace_id', '=', world.workspaceId)
      .executeTakeFirstOrThrow();
    return row.bots;
  };
  const recompute = async (changes: Partial<RecomputeQuestion> = {}) => {
    const { workspaceId } = world;
    const question = { workspaceId, from: new Date(0), to: new Date(Date.now() + 60_000), isDryRun: false };
    const changed = [];
    for await (const batch of recomputeBots(world.db, { ...question, ...changes }))
      changed.push(...batch.changed);
    return changed;
  };

  test('a burst from one address is marked whole, also when it comes in two batches', async () => {
    const clicks = crowd(31, { ip: '189.1.2.3' });
    await fold(...clicks.slice(0, 20));
    expect(await countBots()).toBe(0);
    await fold(...clicks.slice(20));
    expect(await countBots()).toBe(31);
    expect(await stored(clicks[0]?.token ?? '')).toMatchObject({ botReasons: ['burst'], botClass: 'burst' });
    const counts = await world.tables();
    expect(counts.counts).toMatchObject([{ total_redirects: '31' }]);
  });

  test('thirty are a crowd, and a private address is a proxy', async () => {
    await fold(...crowd(30, { ip: '189.1.2.3' }), ...crowd(40, { ip: '10.0.0.1' }));
    expect(await countBots()).toBe(0);
  });

  test('judging again undoes a mark that no rule holds, makes one that is missing, and is quiet the second time', async () => {
    const person = world.click({ ip: '189.1.2.3' });
    const tool = world.click({ userAgent: 'curl/8.14.1', ip: '189.1.2.4' });
    const burst = crowd(31, { ip: '189.1.2.5' });
    await fold(person, tool, ...burst);
    await sql`update clicks set is_bot_detected = not is_bot_detected, bot_reasons = '{old_rule}', bot_class = null
      where workspace_id = ${world.workspaceId}`.execute(world.db);
    expect(await recompute({ isDryRun: true })).toHaveLength(33);
    expect(await countBots()).toBe(1);
    expect(await recompute()).toHaveLength(33);
    expect(await stored(person.token)).toMatchObject({
      isBotDetected: false,
      botReasons: [],
      botClass: null,
    });
    expect(await stored(tool.token)).toMatchObject({
      isBotDetected: true,
      botReasons: ['short_user_agent'],
      botClass: 'tool',
    });
    expect(await countBots()).toBe(32);
    expect(await recompute()).toEqual([]);
  });

  test('the inspector tells what was filtered by which rule', async () => {
    const tool = world.click({ userAgent: 'python-requests/2.32.3', ip: '189.1.2.4' });
    await fold(world.click({ ip: '189.1.2.3' }), tool, world.click({ userAgent: null }));
    const question = { workspaceId: world.workspaceId, from: new Date(0), to: new Date(Date.now() + 60_000) };
    expect(await summarizeFiltered(world.db, question)).toMatchObject({
      clicks: 3,
      filtered: 2,
      by_reason: [
        { name: 'declared_bot', clicks: 1 },
        { name: 'no_user_agent', clicks: 1 },
      ],
      by_class: [{ name: 'tool', clicks: 2 }],
    });
    const page = { reason: 'declared_bot', after: null, limit: 10 };
    expect(await listFiltered(world.db, { ...question, ...page })).toMatchObject([
      { tracking_token: tool.token },
    ]);
    const all = await listFiltered(world.db, { ...question, ...page, reason: null });
    const rest = await listFiltered(world.db, {
      ...question,
      ...page,
      reason: null,
      after: all[0]?.tracking_token ?? null,
    });
    expect(rest).toEqual(all.slice(1));
  });
});
