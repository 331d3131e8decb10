import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import {
  cookies,
  event,
  lead,
  openVisitsWorld,
  PHONE,
  START,
  type VisitsWorld,
  view,
} from './visits-world.ts';

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

describe('a visit', () => {
  test('becomes a session with its pages, views, events, touch, lead and journey', async () => {
    const world = await openWorld();
    const form = lead(50, '/contact', { cookies: cookies({ fbp: 'fb.1.1700000000000.123' }) });
    const items = [
      view(0, AD, { referrer: 'https://www.google.com/', title: 'Home' }),
      event(10, '/', { eventType: 'scroll', value: '50', data: { a: 1 } }),
      view(40, '/contact#form', { timeOnPage: 20 }),
      form,
    ];
    expect(await world.fold([world.request(items)])).toEqual({ folded: 1, refused: 0 });
    const { sessions, views, events, touches, leads, journeys, pages } = await world.tables();
    expect(pages).toEqual(['https://site.example/', 'https://site.example/contact']);
    expect(sessions).toMatchObject([
      {
        session_id: world.sessionId,
        domain_id: world.domainId,
        first_page_id: 'https://site.example/',
        started_at: at(0),
        last_activity_at: at(60),
        total_page_views: 2,
        total_events: 1,
        return_visits: 0,
        converted: true,
        consent_ads: 'granted',
        is_bot_detected: false,
      },
    ]);
    expect(views.map((row) => [row.view_order, row.page_id, row.time_on_page]).sort()).toEqual([
      [1, 'https://site.example/', null],
      [2, 'https://site.example/contact', 20],
    ]);
    expect(events).toMatchObject([
      { event_type: 'scroll', event_value: '50', event_data: { a: 1 }, created_at: at(10) },
    ]);
    expect(touches).toMatchObject([
      {
        utm_source: 'google',
        utm_medium: 'cpc',
        utm_campaign: 'winter',
        gclid: 'Cj0abc',
        match_type: 'e',
        device: 'mobile',
        referrer: 'https://www.google.com/',
        fbp: 'fb.1.1700000000000.123',
        client_ip: '189.1.2.3',
        user_agent: PHONE,
        url_params: { matchtype: 'e', x: '1' },
        created_at: at(0),
      },
    ]);
    expect(leads).toMatchObject([
      {
        lead_id: form.id,
        session_id: world.sessionId,
        utm_tracking_id: touches[0]?.tracking_id,
        page_id: 'https://site.example/contact',
        time_to_conversion: 50,
        client_ip: '189.1.2.3',
      },
    ]);
    const visitor = { visitor_id: sessions[0]?.visitor_id, total_sessions: 1, total_page_views: 2 };
    expect(journeys).toMatchObject([{ ...visitor, converted: true, conversion_session_id: world.sessionId }]);
    expect(sessions[0]?.visitor_id).toMatch(/^[0-9a-f]{16}$/);
  });

  test('told again in part and whole changes nothing', async () => {
    const world = await openWorld();
    const items = [view(0, AD), event(5, '/'), lead(9, '/'), view(3, '/b')];
    await world.fold([world.request(items)]);
    const before = await world.tables();
    const later = { at: START + 900_000, skewMs: 900 };
    await world.fold([world.request(items), world.request(items.slice(1, 3), later), world.request(items)]);
    await world.fold([
      world.request(
        items.map((item) => ({ ...item, at: item.at + 7 })),
        later,
      ),
    ]);
    const after = await world.tables();
    expect(after).toEqual(before);
    expect(after.sessions).toMatchObject([{ total_page_views: 2, total_events: 1, started_at: at(0) }]);
  });

  test('that is told more of keeps the longest time, its first moment and one exit', async () => {
    const world = await openWorld();
    const first = view(0, '/');
    const second = view(30, '/b');
    await world.fold(
      [
        [first],
        [{ ...first, timeOnPage: 12, exitPage: true }],
        [second, { ...first, timeOnPage: 5, at: first.at + 3 }],
        [{ ...second, timeOnPage: 4, exitPage: true }],
        [{ ...first, timeOnPage: 12, exitPage: true }],
      ].map((items) => world.request(items)),
      false,
    );
    const { views, sessions } = await world.tables();
    expect(views.toSorted((a, b) => Number(a.view_order) - Number(b.view_order))).toMatchObject([
      { view_id: first.id, created_at: at(0), time_on_page: 12, exit_page: false, view_order: 1 },
      { view_id: second.id, time_on_page: 4, exit_page: true, view_order: 2 },
    ]);
    expect(sessions).toMatchObject([{ total_page_views: 2, last_activity_at: at(34) }]);
  });

  test('that comes late takes its place in the order of the views', async () => {
    const world = await openWorld();
    const views = [view(10, '/b'), view(30, '/d'), view(20, '/c'), view(0, '/a')];
    await world.fold(
      views.map((item) => world.request([item])),
      false,
    );
    const rows = (await world.tables()).views.toSorted((a, b) => Number(a.view_order) - Number(b.view_order));
    expect(rows.map((row) => [row.view_order, row.page_id])).toEqual([
      [1, 'https://site.example/a'],
      [2, 'https://site.example/b'],
      [3, 'https://site.example/c'],
      [4, 'https://site.example/d'],
    ]);
    expect((await world.tables()).sessions).toMatchObject([{ first_page_id: 'https://site.example/a' }]);
  });

  test('of 120 days ago finds its month, whatever month that is', async () => {
    const world = await openWorld();
    const old = { at: START - 400 * 86_400_000 };
    const items = [view(0, AD, old), event(0, '/', old), lead(0, '/', old)];
    expect(await world.fold([world.request(items)])).toEqual({ folded: 1, refused: 0 });
    const { views, events, touches, leads } = await world.tables();
    expect([views, events, touches, leads].map((rows) => rows.length)).toEqual([1, 1, 1, 1]);
  });
});

describe('touches', () => {
  test('are one for each new set of UTMs or click ids, and none for a page without', async () => {
    const world = await openWorld();
    const paths = [
      AD,
      '/next',
      '/?utm_source=fb&fbclid=IwAR1',
      '/last',
      AD,
      '/?utm_source=fb&fbclid=IwAR1&n=2',
    ];
    await world.fold([world.request(paths.map((path, index) => view(index, path)))]);
    const { touches } = await world.tables();
    expect(touches.map((touch) => [touch.utm_source, touch.created_at, touch.fbc]).sort()).toEqual([
      ['fb', at(2), `fb.1.${START + 2000}.IwAR1`],
      ['google', at(0), null],
    ]);
  });

  test('keep the cookie of their own ad click, and what came without an ad gets one touch', async () => {
    const world = await openWorld();
    const fbc = 'fb.1.1795000000000.IwAR9';
    await world.fold([world.request([view(0, '/')])]);
    await world.fold([
      world.request([view(9, '/?fbclid=IwAR9', { cookies: cookies({ fbc, ga: 'GA1.2.11.22' }) })]),
    ]);
    const { touches } = await world.tables();
    expect(touches.toSorted((a, b) => Number(a.created_at) - Number(b.created_at))).toMatchObject([
      { fbclid: null, fbc, ga_client_id: '11.22', created_at: at(0) },
      { fbclid: 'IwAR9', fbc, ga_client_id: '11.22', created_at: at(9) },
    ]);
  });

  test('follow the earliest item; an ad that is told late takes the place of the visit without one', async () => {
    const world = await openWorld();
    const form = lead(20, '/contact');
    await world.fold([world.request([form])]);
    const early = await world.tables();
    expect(early.touches).toMatchObject([{ utm_source: null, created_at: at(20) }]);
    expect(early.leads).toMatchObject([{ time_to_conversion: 0 }]);
    await world.fold([world.request([view(0, AD)])]);
    const { touches, leads, sessions } = await world.tables();
    expect(touches).toMatchObject([{ utm_source: 'google', created_at: at(0) }]);
    expect(leads).toMatchObject([{ utm_tracking_id: touches[0]?.tracking_id, time_to_conversion: 20 }]);
    expect(sessions).toMatchObject([{ converted: true, started_at: at(0) }]);
  });
});
