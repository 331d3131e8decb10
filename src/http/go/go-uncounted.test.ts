import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildEdgePool, buildPoolBot } from '../../../test/fixtures/edge-pool.ts';
import { EXTERNAL_HIT, type GoServer, openGoServer } from '../../../test/fixtures/go-server.ts';
import type { EdgePool } from '../../settings/types.ts';

let go: GoServer;

beforeAll(async () => {
  go = await openGoServer();
});
afterAll(() => go.close());
beforeEach(() => go.reset());

describe('not a click', () => {
  test.each([
    ['/go/unknown', 404],
    ['/go/', 404],
    ['/go/sample/more', 404],
    ['/go/%73ample', 404],
    ['/go/%', 404],
    ['/go/<script>', 404],
    ['/go/__proto__', 404],
  ])('%s is %d', async (path, status) => {
    const answer = await go.get(path);
    expect([answer.status, go.facts]).toEqual([status, []]);
    expect(answer.body).toContain('<h1>');
    expect(answer.body).not.toContain('<script>');
  });

  test('an inactive pool is not found', async () => {
    go.pools.set('sample', buildEdgePool({ isActive: false }));
    expect((await go.get('/go/sample')).status).toBe(404);
  });

  test('other methods are refused', async () => {
    const answer = await go.get('/go/sample', {}, 'POST');
    expect([answer.status, answer.headers.allow, go.facts.length]).toEqual([405, 'GET, HEAD', 0]);
  });

  test.each([
    ['HEAD', {}, 'HEAD', 'head'],
    ['Sec-Purpose', { 'sec-purpose': 'prefetch;prerender' }, 'GET', 'prefetch'],
    ['Purpose', { purpose: 'prefetch' }, 'GET', 'prefetch'],
    ['X-Moz', { 'x-moz': 'prefetch' }, 'GET', 'prefetch'],
    ['X-Purpose', { 'x-purpose': 'preview' }, 'GET', 'prefetch'],
    ['an ad reviewer', { 'user-agent': EXTERNAL_HIT }, 'GET', 'crawler'],
  ] as const)('%s gets the page and the redirect without a token', async (_name, headers, method, reason) => {
    const page = await go.get('/go/sample?fbclid=AbC', headers, method);
    const redirect = await go.get('/go/direct?fbclid=AbC', headers, method);
    expect(page.status).toBe(200);
    expect(Number(page.headers['content-length'])).toBeGreaterThan(3000);
    expect(page.body).not.toMatch(/evt_|start=/);
    expect(page.headers['set-cookie']).toBeUndefined();
    expect(redirect.headers.location).toBe('https://t.me/sample_shop_bot');
    expect(go.captured).toEqual([]);
    expect(go.facts).toMatchObject([
      { kind: 'uncounted', reason },
      { kind: 'uncounted', reason },
    ]);
    expect(Object.keys(go.facts[0] ?? {})).toEqual(['kind', 'at', 'workspaceId', 'poolId', 'reason']);
  });

  test('uncounted visits take no bot’s turn', async () => {
    const bots = [buildPoolBot(), buildPoolBot({ botId: 'other', username: 'other_bot' })];
    go.pools.set('direct', buildEdgePool({ mode: 'direct', bots }));
    await go.get('/go/direct');
    for (let visit = 0; visit < 3; visit += 1) await go.get('/go/direct', {}, 'HEAD');
    await go.get('/go/direct');
    expect(go.captured.map((fact) => fact.botId)).toEqual([bots[0]?.botId, 'other']);
  });

  test('without an enabled bot the answer is 503 with Retry-After', async () => {
    go.pools.set('sample', buildEdgePool({ bots: [buildPoolBot({ isEnabled: false })] }));
    const answer = await go.get('/go/sample');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
    expect(go.facts).toMatchObject([{ reason: 'no_bot' }]);
  });

  test('over the rate limit the answer is 429 with Retry-After; the pool’s own number counts', async () => {
    go.reset({ goRateLimit: 2, clock: { now: () => 1_800_000_000_000 } });
    go.pools.set('own', buildEdgePool({ poolId: 'own', rateLimit: 1, mode: 'direct' }));
    go.pools.set('none', buildEdgePool({ poolId: 'none', rateLimit: 0, mode: 'direct' }));
    const statuses = [];
    for (const slug of ['direct', 'sample', 'direct', 'own', 'own', 'none', 'none', 'none'])
      statuses.push((await go.get(`/go/${slug}`)).status);
    expect(statuses).toEqual([302, 200, 429, 302, 429, 302, 302, 302]);
    const elsewhere = await go.get('/go/direct', { 'x-forwarded-for': '198.51.100.77' });
    expect(elsewhere.status).toBe(302);
    expect((await go.get('/go/direct')).headers['retry-after']).toMatch(/^\d+$/);
    expect(go.facts).toContainEqual(expect.objectContaining({ reason: 'rate_limit' }));
  });

  test('addresses of one IPv6 network share an allowance', async () => {
    go.reset({ goRateLimit: 1, clock: { now: () => 1_800_000_000_000 } });
    const status = async (ip: string) => (await go.get('/go/direct', { 'x-forwarded-for': ip })).status;
    expect(await status('2001:db8:0:1::1')).toBe(302);
    expect(await status('2001:db8::1:aaaa:bbbb:cccc:dddd')).toBe(429);
    expect(await status('2001:db8:0:2::1')).toBe(302);
  });
});

describe('the gate', () => {
  const gated = (gate: Partial<NonNullable<EdgePool['gate']>>) =>
    buildEdgePool({
      gate: { linkKey: null, allowedCountries: [], blockBots: false, blockDatacenters: false, ...gate },
    });

  test('answers everybody that it refuses with the same page', async () => {
    const geoCountry = (ip: string) => (ip === '198.51.100.1' ? 'US' : 'BR');
    go.reset({ geoCountry });
    go.pools.set('sample', gated({ linkKey: 'k3y', blockBots: true, allowedCountries: ['BR'] }));
    const refused = [
      await go.get('/go/sample'),
      await go.get('/go/sample?grim=k3'),
      await go.get('/go/sample?grim=k3y', { 'user-agent': 'curl/8.14.1' }),
      await go.get('/go/sample?grim=k3y', { 'x-forwarded-for': '198.51.100.1' }),
      await go.get('/go/sample', { 'user-agent': EXTERNAL_HIT }),
    ];
    const pages = refused.map(({ status, body }) => `${status} ${body.replace(/nonce="\w+"/g, '')}`);
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toMatch(/^403 /);
    expect((await go.get('/go/sample?grim=k3y')).body).toContain('evt_');
    const reviewer = await go.get('/go/sample?grim=k3y', { 'user-agent': EXTERNAL_HIT });
    expect([reviewer.status, reviewer.body.includes('start=')]).toEqual([200, false]);
    expect(go.facts.map((fact) => fact.kind === 'uncounted' && fact.reason)).toEqual([
      'gate_link_key',
      'gate_link_key',
      'gate_tool',
      'gate_country',
      'gate_link_key',
      false,
      'crawler',
    ]);
  });

  test('lets through a tenth of the hour’s allowance in a minute', async () => {
    go.reset({ goRateLimit: 20, clock: { now: () => 1_800_000_000_000 } });
    go.pools.set('sample', { ...gated({}), mode: 'direct' });
    const statuses = [];
    for (let visit = 0; visit < 3; visit += 1) statuses.push((await go.get('/go/sample')).status);
    expect(statuses).toEqual([302, 302, 403]);
    expect(go.facts.at(-1)).toMatchObject({ reason: 'gate_rate' });
  });
});
