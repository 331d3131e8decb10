import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildBatch, buildView, VIEW_ID } from '../../../test/fixtures/collect-bodies.ts';
import {
  CLOSED_SITE,
  type CollectServer,
  OTHER_SITE,
  openCollectServer,
  SITE,
} from '../../../test/fixtures/collect-server.ts';

let server: CollectServer;

beforeAll(async () => {
  server = await openCollectServer();
});
beforeEach(() => server.reset());
afterAll(() => server.close());

const collect = (body: unknown, headers: Record<string, string> = {}) =>
  server.send('/api/collect', { body, headers });

describe('a batch', () => {
  test('is recorded as one fact and counted', async () => {
    const headers = { 'x-forwarded-for': '189.1.2.3', origin: 'https://www.site.example' };
    const { status, json } = await collect(buildBatch(), headers);
    expect({ status, json }).toEqual({ status: 202, json: { accepted: 1, rejected: [] } });
    expect(server.facts).toMatchObject([
      {
        kind: 'collect',
        workspaceId: SITE.workspaceId,
        domainId: SITE.domainId,
        sessionId: 's-1',
        ip: '189.1.2.3',
        isSpam: false,
        items: [
          {
            type: 'page_view',
            id: VIEW_ID,
            pageUrl: 'https://site.example/?gclid=x',
            consent: { ads: 'granted', analytics: 'granted' },
          },
        ],
      },
    ]);
  });

  test('comes as plain text too, as beacons send it', async () => {
    const { status } = await collect(JSON.stringify(buildBatch()), {
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect(status).toBe(202);
    expect(server.facts).toHaveLength(1);
  });

  test('loses only its bad items, which are named', async () => {
    const items = [
      buildView(),
      7,
      buildView({ page_url: 'about:blank' }),
      { ...buildView(), type: 'purchase' },
      buildView(),
    ];
    const { json } = await collect(buildBatch(items));
    expect(json).toEqual({
      accepted: 2,
      rejected: [
        { index: 1, message: 'Must be an object.' },
        { index: 2, message: 'page_url must be an absolute http or https address.' },
        { index: 3, message: 'type must be page_view, event or lead.' },
      ],
    });
    expect(server.facts[0]?.items).toHaveLength(2);
  });

  test('without a good item leaves nothing in the log', async () => {
    expect((await collect(buildBatch([7]))).json).toMatchObject({ accepted: 0 });
    expect((await collect(buildBatch([]))).json).toEqual({ accepted: 0, rejected: [] });
    expect(server.facts).toEqual([]);
  });

  test('of 100 items is taken, of 101 is not', async () => {
    const many = (count: number) =>
      buildBatch(
        Array.from({ length: count }, (_, index) =>
          buildView({ id: `view-${index}`, title: 'x'.repeat(900) }),
        ),
      );
    expect((await collect(many(100))).json).toEqual({ accepted: 100, rejected: [] });
    expect((await collect(many(101))).status).toBe(400);
  });

  test('over 256 KiB is 413, with or without a length, and is not read to its end', async () => {
    const big = JSON.stringify(buildBatch([buildView({ title: 'x'.repeat(270_000) })]));
    expect((await collect(big)).status).toBe(413);
    const chunked = await collect(big, { 'transfer-encoding': 'chunked' });
    expect(chunked.status).toBe(413);
    expect(chunked.headers.connection).toBe('close');
  });

  test('is refused by 503 when neither disk nor memory takes it', async () => {
    server.reset({ log: { append: async () => ({ kind: 'lost', reason: 'full' }) } });
    const { status, headers } = await collect(buildBatch());
    expect({ status, wait: headers['retry-after'] }).toEqual({ status: 503, wait: '5' });
  });

  test('is limited by address and domain', async () => {
    const now = Date.now();
    // At one moment: the end of an hour would bring some of the allowance back.
    server.reset({ goRateLimit: 0.03, clock: { now: () => now } });
    const from = (ip: string) =>
      collect(buildBatch(), { 'x-forwarded-for': ip }).then(({ status }) => status);
    const statuses = [
      await from('1.1.1.1'),
      await from('1.1.1.1'),
      await from('1.1.1.1'),
      await from('1.1.1.1'),
    ];
    expect([...statuses, await from('2.2.2.2')]).toEqual([202, 202, 202, 429, 202]);
  });
});

describe('a body that is no batch', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', '{"domain_id":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no domain', buildBatch([], { domain_id: undefined })],
    ['a domain that is no text', buildBatch([], { domain_id: {} })],
    ['no session', buildBatch([], { session_id: '' })],
    ['a session with a line break', buildBatch([], { session_id: 'a\nb' })],
    ['no sent_at', buildBatch([], { sent_at: undefined })],
    ['a sent_at without a zone', buildBatch([], { sent_at: '2026-01-01T00:00:00' })],
    ['items that are no list', buildBatch([], { items: { length: 3 } })],
    ['a consent that is no object', buildBatch([], { consent: 'yes' })],
    ['endless nesting', `${'['.repeat(200_000)}`],
  ])('%s is 400', async (_name, body) => {
    const { status, headers } = await collect(body);
    expect({ status, type: headers['content-type'] }).toEqual({
      status: 400,
      type: 'application/problem+json',
    });
    expect(server.facts).toEqual([]);
  });

  test('of an unknown or inactive domain is 404', async () => {
    for (const domain_id of ['x', '0190aaaa-0000-7000-8000-00000000000f', CLOSED_SITE.domainId])
      expect((await collect(buildBatch([buildView()], { domain_id }))).status).toBe(404);
  });
});

describe('items', () => {
  const reject = async (item: object): Promise<string | undefined> => {
    const { json } = await collect(buildBatch([item]));
    const { rejected } = json as { rejected: { message: string }[] };
    return rejected[0]?.message;
  };
  const DAY = 86_400_000;
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

  test('may be 120 days old and 5 minutes ahead, by our clock', async () => {
    expect(await reject(buildView({ occurred_at: ago(120 * DAY - 60_000) }))).toBeUndefined();
    expect(await reject(buildView({ occurred_at: ago(120 * DAY + 60_000) }))).toBe(
      'occurred_at is more than 120 days ago.',
    );
    expect(await reject(buildView({ occurred_at: ago(-290_000) }))).toBeUndefined();
    expect(await reject(buildView({ occurred_at: ago(-310_000) }))).toBe(
      'occurred_at is more than 5 minutes ahead.',
    );
  });

  test('have their times corrected by the sender’s clock', async () => {
    const wrong = (ms: number): string => new Date(Date.now() - 3 * 365 * DAY + ms).toISOString();
    await collect(buildBatch([buildView({ occurred_at: wrong(-60_000) })], { sent_at: wrong(0) }));
    const [fact] = server.facts;
    // Against the moment at which it was received, as the fact has it.
    expect(Math.abs((fact?.items[0]?.at ?? 0) - ((fact?.at ?? 0) - 60_000))).toBeLessThan(2000);
  });

  test('keep the word of the item, then of the batch, then the default', async () => {
    const items = [
      buildView({ consent: { ads: 'denied' } }),
      buildView({ consent: { ads: true, analytics: false } }),
      buildView(),
    ];
    await collect(buildBatch(items, { consent: { ads: 'granted', analytics: 'denied' } }));
    await collect(buildBatch([buildView()]), { 'sec-gpc': '1' });
    await collect(buildBatch([buildView({ consent: { ads: 'granted' } })]), { 'sec-gpc': '1' });
    expect(server.facts.flatMap((fact) => fact.items.map((item) => item.consent))).toEqual([
      { ads: 'denied', analytics: 'denied' },
      { ads: 'granted', analytics: 'denied' },
      { ads: 'granted', analytics: 'denied' },
      { ads: 'denied', analytics: 'granted' },
      { ads: 'granted', analytics: 'granted' },
    ]);
    expect(await reject(buildView({ consent: { ads: 'maybe' } }))).toMatch(/^consent must be/);
  });

  test('with an id that is no UUID get one that is always the same, of this domain', async () => {
    await collect(
      buildBatch([
        buildView({ id: 'pv-1' }),
        buildView({ id: 'pv-1' }),
        buildView({ id: VIEW_ID.toUpperCase() }),
      ]),
    );
    await collect(buildBatch([buildView({ id: 'pv-1' })], { domain_id: OTHER_SITE.domainId }));
    const ids = server.facts.flatMap((fact) => fact.items.map((item) => item.id));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBe(VIEW_ID);
    expect(ids[3]).not.toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
  });

  test.each([
    ['id', buildView({ id: 7 }), /^id must be/],
    ['id, endless', buildView({ id: 'x'.repeat(300) }), /^id must be/],
    ['time on page', buildView({ time_on_page: '9' }), /^time_on_page/],
    ['time on page below zero', buildView({ time_on_page: -1 }), /^time_on_page/],
    ['title', buildView({ title: ['x'] }), /^title must be text/],
    ['event without type', buildView({ type: 'event' }), /^event_type is missing/],
    ['event value', buildView({ type: 'event', event_type: 'x', event_value: '1e99' }), /^event_value/],
    [
      'event value, endless',
      buildView({ type: 'event', event_type: 'x', event_value: 1e300 }),
      /^event_value/,
    ],
    ['event data', buildView({ type: 'event', event_type: 'x', event_data: [1] }), /^event_data/],
    [
      'event data, too large',
      buildView({ type: 'event', event_type: 'x', event_data: { a: 'x'.repeat(17_000) } }),
      /^event_data/,
    ],
    ['address with a password', buildView({ page_url: 'https://a:b@site.example/' }), /^page_url/],
    ['empty lead', buildView({ type: 'lead', form_location: 'footer' }), /^A lead needs/],
    ['e-mail', buildView({ type: 'lead', email: {} }), /^email must be text/],
  ])('with a bad %s are rejected', async (_name, item, message) => {
    expect(await reject(item)).toMatch(message);
  });

  test('nested without end are rejected alone', async () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const item = JSON.stringify(buildView({ type: 'event', event_type: 'x', event_data: 'DEEP' })).replace(
      '"DEEP"',
      deep,
    );
    const body = JSON.stringify(buildBatch(['ITEM', buildView()])).replace('"ITEM"', item);
    const { status, json } = await collect(body);
    expect({ status, json }).toMatchObject({ status: 202, json: { accepted: 1, rejected: [{ index: 0 }] } });
  });

  test('cannot be looked at for longer than they have been there', async () => {
    await collect(
      buildBatch([
        buildView({ time_on_page: 80_000 }),
        buildView({ occurred_at: ago(60_000), time_on_page: 45.4 }),
      ]),
    );
    const times = server.facts[0]?.items.map((item) => (item.type === 'page_view' ? item.timeOnPage : null));
    expect(times?.[0]).toBeLessThan(5);
    expect(times?.[1]).toBe(45);
  });

  test('bring cookies as text, and nothing else as cookies', async () => {
    await collect(
      buildBatch([
        buildView({ cookies: { _fbp: 'fb.1.1.2', _fbc: 7, _ga: 'GA1.1.2.3', x: 'y' } }),
        buildView({ cookies: 'x' }),
      ]),
    );
    expect(server.facts[0]?.items.map((item) => item.cookies)).toEqual([
      { fbp: 'fb.1.1.2', fbc: null, ttp: null, ga: 'GA1.1.2.3' },
      null,
    ]);
  });
});
