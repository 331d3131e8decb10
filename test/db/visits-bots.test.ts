import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CollectFact } from '../../src/domain/facts.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { type RecomputedVisits, recomputeVisits } from '../../src/projections/visits/recompute-visits.ts';
import { summarizeFiltered } from '../../src/reports/filtered-visits.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { lead, openVisitsWorld, START, type VisitsWorld, view } from './visits-world.ts';

let database: OpenTestDatabase;
let world: VisitsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  world = await openVisitsWorld(database);
});
afterEach(() => world.close());

const PERSON = {
  language: 'pt-BR,pt;q=0.9',
  hints: { 'sec-ch-ua': '"Chromium";v="130", "Google Chrome";v="130"', 'sec-fetch-mode': 'cors' },
  isSecure: true,
} as const;

async function judge(changes: Partial<CollectFact>) {
  await world.fold([world.request([view(0, '/')], { ...PERSON, ...changes })]);
  const { sessions } = await world.tables();
  return sessions[0];
}

describe('a visit', () => {
  test('of a person is a person’s', async () => {
    expect(await judge({})).toMatchObject({ is_bot_detected: false, bot_reasons: [], bot_class: null });
  });

  test.each<[string, Partial<CollectFact>, string[], string]>([
    [
      'a headless browser',
      { hints: { 'sec-ch-ua': '"HeadlessChrome";v="130"', 'sec-fetch-mode': 'cors' } },
      ['headless_hint'],
      'headless',
    ],
    ['a tool', { userAgent: 'python-requests/2.32.3' }, ['declared_bot'], 'tool'],
    ['nobody', { userAgent: null }, ['no_user_agent'], 'tool'],
    [
      'a program that says it is Chrome',
      { language: null, hints: {} },
      ['no_accept_language', 'no_fetch_metadata'],
      'disguised',
    ],
    ['a honeypot', { isSpam: true }, ['honeypot'], 'disguised'],
  ])('of %s is marked, with its reasons', async (_who, changes, reasons, kind) => {
    expect(await judge(changes)).toMatchObject({
      is_bot_detected: true,
      bot_reasons: reasons,
      bot_class: kind,
    });
  });

  test('from a rented server needs a second sign', async () => {
    const enricher = createEnricher({ geo: null });
    const rented = { ...enricher, origin: () => ({ country: 'US', isDatacenter: true }) };
    await world.fold([world.request([view(0, '/')], PERSON)], true, rented);
    expect((await world.tables()).sessions).toMatchObject([{ is_bot_detected: false }]);
    const again = world.request([view(0, '/')], { ...PERSON, sessionId: 'other', language: null });
    await world.fold([again], true, rented);
    expect((await world.tables()).sessions).toMatchObject([
      { session_id: 'other', bot_reasons: ['no_accept_language', 'datacenter'] },
      { is_bot_detected: false },
    ]);
  });

  test('of before its signs were kept, and of a site’s own server, is judged by its browser alone', async () => {
    await world.fold([world.request([lead(0, '/')])]);
    expect((await world.tables()).sessions).toMatchObject([{ is_bot_detected: false }]);
  });

  test('folds the same in any order and again, and is out of the counts', async () => {
    const requests = [
      world.request([view(0, '/')], PERSON),
      world.request([view(10, '/a')], { ...PERSON, userAgent: 'curl/8.14.1 by hand' }),
      world.request([view(20, '/b')], { ...PERSON, isSpam: true }),
    ];
    await world.fold(requests, false);
    const { sessions } = await world.tables();
    expect(sessions).toMatchObject([{ is_bot_detected: true }]);
    await world.fold(requests);
    expect((await world.tables()).sessions).toEqual(sessions);
    await world.clear();
    await world.fold(requests.toReversed(), false);
    expect((await world.tables()).sessions).toEqual(sessions);
    const { workspaceId } = world;
    const period = { workspaceId, from: new Date(0), to: new Date(Date.now() + 60_000) };
    expect((await summarizeFiltered(database.db, period)).site_visits).toMatchObject({
      visits: 1,
      filtered: 1,
    });
  });
});

const MINUTE = Math.floor(START / 60_000) * 60_000;

const crowd = (count: number, from: number, ip: string) =>
  Array.from({ length: count }, (_, index) =>
    world.request([view(0, '/', { at: MINUTE + from + index })], {
      ...PERSON,
      ...{ ip, sessionId: `${ip}-${from + index}` },
    }),
  );

const bots = async () => (await world.tables()).sessions.filter((row) => row.is_bot_detected);

async function recompute(isDryRun = false): Promise<RecomputedVisits> {
  const { workspaceId } = world;
  const question = { workspaceId, from: new Date(0), to: new Date(Date.now() + 60_000), isDryRun };
  const sum = { judged: 0, nowBots: 0, noLongerBots: 0 };
  for await (const batch of recomputeVisits(database.db, question)) {
    sum.judged += batch.judged;
    sum.nowBots += batch.nowBots;
    sum.noLongerBots += batch.noLongerBots;
  }
  return sum;
}

describe('a burst of visits', () => {
  test('is marked whole, also when it comes in two batches, and stays with what comes later', async () => {
    await world.fold(crowd(20, 0, '189.1.2.3'));
    expect(await bots()).toEqual([]);
    await world.fold(crowd(11, 20, '189.1.2.3'));
    expect(await bots()).toHaveLength(31);
    const later = { ...PERSON, ip: '189.1.2.3', sessionId: '189.1.2.3-0' };
    await world.fold([world.request([view(0, '/later', { at: MINUTE + 30_000 })], later)]);
    expect(await bots()).toHaveLength(31);
    expect((await bots())[0]).toMatchObject({ bot_reasons: ['burst'], bot_class: 'burst' });
  });

  test('is none of thirty, nor behind a proxy', async () => {
    await world.fold([...crowd(30, 0, '189.1.2.3'), ...crowd(40, 100, '10.0.0.1')]);
    expect(await bots()).toEqual([]);
  });
});

describe('judging again', () => {
  test('undoes what no rule holds, makes what is missing, and is quiet the second time', async () => {
    const burst = crowd(31, 0, '189.1.2.5');
    const tool = world.request([view(1, '/')], {
      ...PERSON,
      sessionId: 'tool',
      userAgent: 'curl/8.14.1 by hand',
    });
    await world.fold([world.request([view(0, '/')], PERSON), tool, ...burst]);
    const { sessions } = await world.tables();
    const wrong = { bot_reasons: ['old_rule'], bot_class: null };
    await database.db
      .updateTable('sessions')
      .set(({ not, ref }) => ({ ...wrong, is_bot_detected: not(ref('is_bot_detected')) }))
      .where('workspace_id', '=', world.workspaceId)
      .execute();
    expect(await recompute(true)).toEqual({ judged: 33, nowBots: 32, noLongerBots: 1 });
    expect(await bots()).toHaveLength(1);
    expect(await recompute()).toEqual({ judged: 33, nowBots: 32, noLongerBots: 1 });
    const sorted = (rows: typeof sessions) =>
      rows.map(({ bot_reasons, is_bot_detected }) => [bot_reasons, is_bot_detected]);
    expect(sorted((await world.tables()).sessions)).toEqual(sorted(sessions));
    expect(await recompute()).toMatchObject({ nowBots: 0, noLongerBots: 0 });
  });

  test('judges visits of before their signs were kept, and keeps bursts whose address is gone', async () => {
    await world.fold(crowd(31, 0, '189.1.2.5'));
    const { db } = database;
    const mine = ['workspace_id', '=', world.workspaceId] as const;
    await db
      .updateTable('utm_tracking')
      .set({ client_ip: null })
      .where(...mine)
      .execute();
    expect(await recompute()).toMatchObject({ nowBots: 0, noLongerBots: 0 });
    await db
      .updateTable('utm_tracking')
      .set({ user_agent: 'curl/8.14.1 by hand' })
      .where(...mine)
      .execute();
    await db
      .updateTable('sessions')
      .set({ bot_evidence: '[]', is_bot_detected: false, bot_reasons: [] })
      .where(...mine)
      .execute();
    expect(await recompute()).toMatchObject({ judged: 31, nowBots: 31 });
  });
});
