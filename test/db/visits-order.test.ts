import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CollectItem } from '../../src/domain/collect.ts';
import type { CollectFact } from '../../src/domain/facts.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { cookies, event, lead, openVisitsWorld, type VisitsWorld, view } from './visits-world.ts';

let database: OpenTestDatabase;
let world: VisitsWorld;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openVisitsWorld(database);
});
afterAll(async () => {
  world.close();
  await database.close();
});

const FB = '/?utm_source=fb&utm_campaign=a&fbclid=IwAR1';
const GOOGLE = '/?utm_source=google&gclid=Cj0abc';
const DENIED = { ads: 'denied', analytics: 'granted' } as const;

/** Three sessions of two visitors, told in small pieces: the pages' ends, cookies and a change of mind come apart. */
function buildRequests(): readonly CollectFact[] {
  const home = view(0, FB, { title: 'Home', referrer: 'https://l.facebook.com/' });
  const next = view(30, '/next');
  const again = view(100, GOOGLE, { consent: DENIED });
  const direct = view(400, '/direct');
  const tell = (sessionId: string, ip: string, items: readonly CollectItem[]) =>
    world.request(items, { sessionId, ip });
  const [one, two] = ['189.1.1.1', '189.2.2.2'];
  return [
    tell('a', one, [home]),
    tell('a', one, [{ ...home, timeOnPage: 11, exitPage: true, cookies: cookies({ fbp: 'fb.1.17.42' }) }]),
    tell('a', one, [event(5, FB), event(6, '/', { eventType: 'scroll', value: '25' })]),
    tell('a', one, [next, { ...next, timeOnPage: 20, exitPage: true }]),
    tell('a', one, [again, view(100, '/same-moment')]),
    tell('a', one, [lead(60, '/next', { cookies: cookies({ fbc: 'fb.1.1700.IwAR1', ga: 'GA1.1.5.6' }) })]),
    tell('a', two, [view(80, '/on-another-network')]),
    tell('b', one, [direct]),
    tell('b', one, [view(420, GOOGLE), { ...direct, timeOnPage: 20 }]),
    tell('b', one, [lead(430, '/form', { email: 'ana@example.com' })]),
    tell('c', two, [lead(50, '/only-a-form')]),
    tell('c', two, [event(49, '/only-a-form', { consent: DENIED })]),
  ];
}

test('any order, any batches and any repetition fold into the same tables', async () => {
  const requests = buildRequests();
  await world.fold(requests, false);
  const expected = await world.tables();
  expect(expected.sessions.map((row) => [row.session_id, row.total_page_views, row.total_events])).toEqual([
    ['a', 5, 2],
    ['b', 2, 0],
    ['c', 0, 1],
  ]);
  const order = fc.shuffledSubarray([...requests, ...requests, ...requests], {
    minLength: requests.length * 3,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(order, cuts, async (told, sizes) => {
      await world.clear();
      let start = 0;
      for (const size of [...sizes, told.length]) {
        await world.fold(told.slice(start, start + size));
        start += size;
      }
      expect(await world.tables()).toEqual(expected);
    }),
    { numRuns: 12 },
  );
}, 120_000);
