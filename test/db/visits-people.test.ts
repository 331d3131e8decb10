import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { event, lead, openVisitsWorld, START, type VisitsWorld, view } from './visits-world.ts';

let database: OpenTestDatabase;
const worlds: VisitsWorld[] = [];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  for (const world of worlds) world.close();
  await database.close();
});

async function openWorld(): Promise<VisitsWorld> {
  const world = await openVisitsWorld(database);
  worlds.push(world);
  return world;
}

const AD = '/?utm_source=google&utm_medium=cpc&utm_campaign=winter&gclid=Cj0abc&matchtype=e&x=1';
const at = (second: number): Date => new Date(START + second * 1000);

describe('visitors', () => {
  test('return, convert and are counted over their sessions', async () => {
    const world = await openWorld();
    await world.fold(
      [
        world.request([view(300, '/c')], { sessionId: 's3' }),
        world.request([view(0, '/a'), view(1, '/b')], { sessionId: 's1' }),
        world.request([lead(200, '/form')], { sessionId: 's2' }),
        world.request([view(50, '/x')], { sessionId: 'other', ip: '189.9.9.9' }),
      ],
      false,
    );
    const { sessions, journeys } = await world.tables();
    expect(sessions.map((row) => [row.session_id, row.return_visits])).toEqual([
      ['other', 0],
      ['s1', 0],
      ['s2', 1],
      ['s3', 2],
    ]);
    const mine = journeys.find((row) => row.total_sessions === 3);
    expect(mine).toMatchObject({
      first_visit_at: at(0),
      last_visit_at: at(300),
      total_page_views: 3,
      converted: true,
      conversion_session_id: 's2',
    });
    expect(journeys).toHaveLength(2);
  });

  test('are whoever sent the earliest item; who was taken for one before has never been here', async () => {
    const world = await openWorld();
    await world.fold([world.request([view(9, '/b')], { ip: '189.5.5.5' })]);
    await world.fold([world.request([view(0, '/a')])]);
    const { sessions, journeys } = await world.tables();
    expect(journeys).toMatchObject([{ visitor_id: sessions[0]?.visitor_id, total_sessions: 1 }]);
  });

  test('of two sites are two', async () => {
    const [one, two] = [await openWorld(), await openWorld()];
    await one.fold([one.request([view(0, '/')], { sessionId: 'shared-visitor-1' })]);
    await two.fold([two.request([view(0, '/')], { sessionId: 'shared-visitor-2' })]);
    const ids = [...(await one.tables()).sessions, ...(await two.tables()).sessions].map(
      (row) => row.visitor_id,
    );
    expect(new Set(ids).size).toBe(2);
  });
});

describe('what is not an ordinary visit', () => {
  test('a bot is kept and marked', async () => {
    const world = await openWorld();
    await world.fold([
      world.request([view(0, '/')], { userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' }),
    ]);
    expect((await world.tables()).sessions).toMatchObject([{ is_bot_detected: true, total_page_views: 1 }]);
  });

  test('another site with the same session and item ids touches nothing of the first', async () => {
    const [mine, foreign] = [await openWorld(), await openWorld()];
    const item = view(0, AD);
    const form = lead(1, '/');
    await mine.fold([mine.request([item, form], { sessionId: 'taken' })]);
    const before = await mine.tables();
    const theirs = [
      { ...item, timeOnPage: 99, exitPage: true },
      { ...form, email: 'thief@example.com' },
    ];
    await foreign.fold([foreign.request(theirs, { sessionId: 'taken' })]);
    await foreign.fold([foreign.request(theirs, { sessionId: 'taken' })]);
    expect(await mine.tables()).toEqual(before);
    const { sessions, leads } = await foreign.tables();
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.session_id).not.toBe('taken');
    expect(leads).toHaveLength(1);
    expect(leads[0]?.lead_id).not.toBe(form.id);
  });

  test('a record that the database refuses is set aside alone', async () => {
    const world = await openWorld();
    const poison = world.request([event(0, '/', { value: 'no number' })], { sessionId: 'poison' });
    const good = Array.from({ length: 9 }, (_, index) =>
      world.request([view(index, '/')], { sessionId: `good-${index}` }),
    );
    const nobody = world.request([view(0, '/')], { sessionId: 'nobody', domainId: buildId() });
    expect(await world.fold([...good.slice(0, 4), poison, ...good.slice(4), nobody])).toEqual({
      folded: 9,
      refused: 2,
    });
    expect((await world.tables()).sessions).toHaveLength(9);
  });

  test.each([
    ['no items', { items: [] }],
    ['no session', { sessionId: '' }],
    ['an item without a time', { items: [{ ...view(0, '/'), at: 'now' }] }],
    ['an item of an unknown type', { items: [{ ...view(0, '/'), type: 'purchase' }] }],
  ])('a record with %s is refused', async (_name, changes) => {
    const world = await openWorld();
    expect(await world.fold([{ ...world.request([]), ...changes }])).toEqual({ folded: 0, refused: 1 });
  });

  test('a lead of a session that is folded in parts counts once', async () => {
    const world = await openWorld();
    const form = lead(5, '/');
    await Promise.all([
      world.fold([world.request([form])]),
      world.fold([world.request([view(0, AD), form])]),
    ]);
    const { leads, sessions } = await world.tables();
    expect(leads).toHaveLength(1);
    expect(sessions).toMatchObject([{ total_page_views: 1, converted: true }]);
  });
});
