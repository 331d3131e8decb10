import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildEdgePool, buildPoolBot } from '../../../test/fixtures/edge-pool.ts';
import { buildClick } from '../../domain/click.ts';
import type { ClickFact, Fact } from '../../domain/facts.ts';
import { openLogger } from '../../io/logger.ts';
import type { LogWriter } from '../../log/log-writer.ts';
import { readLog } from '../../log/read-log.ts';
import { openLogWriter } from '../../log/writer.ts';
import type { EdgePool } from '../../settings/types.ts';
import { createClientIpReader } from '../client-ip.ts';
import { buildMetrics } from '../metrics.ts';
import { createGoHandler, type GoOptions } from './go-handler.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const EXTERNAL_HIT = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)';
const START = /^https:\/\/t\.me\/sample_shop_bot\?start=([0-9a-f]{32})$/;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const pools = new Map<string, EdgePool>();
const facts: Fact[] = [];
const captured: ClickFact[] = [];
let directory: string;
let log: LogWriter;
let server: Server;
let port: number;

function optionsOf(changes: Partial<GoOptions> = {}): GoOptions {
  return {
    registry: { poolBySlug: (slug) => pools.get(slug) },
    // The real log, and a note of what went into it.
    log: {
      append: (json) => {
        facts.push(JSON.parse(json));
        return log.append(json);
      },
    },
    onCaptured: (fact) => captured.push(fact),
    clientIp: createClientIpReader(1),
    clock: Date,
    logger: openLogger('silent'),
    metrics: buildMetrics(),
    publicUrl: 'https://go.example.com',
    goRateLimit: 0,
    geoCountry: null,
    ...changes,
  };
}

const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { 'user-agent': CHROME, ...headers },
    });
    call.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    call.on('error', reject).end();
  });

/** Serves with other options for the length of `work`. */
async function served<Result>(changes: Partial<GoOptions>, work: () => Promise<Result>): Promise<Result> {
  const handler = createGoHandler(optionsOf(changes));
  server.removeAllListeners('request').on('request', handler);
  return work();
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'go-'));
  log = await openLogWriter({ directory: join(directory, 'edge') });
  server = createServer({ maxHeaderSize: 256 * 1024 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await log.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  pools.clear();
  pools.set('sample', buildEdgePool());
  pools.set('direct', buildEdgePool({ slug: 'direct', mode: 'direct' }));
  facts.length = 0;
  captured.length = 0;
  server.removeAllListeners('request').on('request', createGoHandler(optionsOf()));
});

describe('a click', () => {
  test('is in the log, with what the request said, before it is answered', async () => {
    const answer = await get('/go/sample?fbclid=AbC_1&utm_source=ig&x=%zz', {
      cookie: 'a=b; _fbp=fb.1.1700000000000.123; _fbi=1.2.3.4.AQYAAQMB',
      'accept-language': 'pt-BR,pt;q=0.9',
      referer: 'https://l.facebook.com/',
      'sec-ch-ua-mobile': '?0',
      'x-forwarded-for': '6.6.6.6, 198.51.100.9',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    const [fact] = captured;
    expect(fact).toMatchObject({
      kind: 'click',
      mode: 'bridge',
      url: 'https://go.example.com/go/sample?fbclid=AbC_1&utm_source=ig&x=%zz',
      fbp: 'fb.1.1700000000000.123',
      fbc: null,
      fbi: '1.2.3.4.AQYAAQMB',
      ip: '198.51.100.9',
      userAgent: CHROME,
      referrer: 'https://l.facebook.com/',
      language: 'pt-BR,pt;q=0.9',
      hints: { 'sec-ch-ua-mobile': '?0' },
      consent: 'granted',
    });
    expect(answer.body).toContain(`{eventID:'evt_${fact?.token}'}`);
    const { records } = await readLog({ directory: join(directory, 'edge'), from: null });
    expect(records.map((record) => JSON.parse(record.json))).toContainEqual(fact);
  });

  test('in direct mode, or without a pixel, is an empty redirect with the token', async () => {
    pools.set('bare', buildEdgePool({ meta: null }));
    for (const slug of ['direct', 'bare']) {
      const answer = await get(`/go/${slug}`);
      expect(answer.status).toBe(302);
      expect(answer.headers['content-length']).toBe('0');
      expect(answer.headers['transfer-encoding']).toBeUndefined();
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(START.exec(answer.headers.location ?? '')?.[1]).toBe(captured.at(-1)?.token);
    }
  });

  test('tokens differ and a slash at the end is forgiven', async () => {
    await Promise.all([get('/go/direct'), get('/go/direct/'), get('/go/direct/?a=1')]);
    expect(new Set(captured.map((fact) => fact.token)).size).toBe(3);
  });

  test.each([
    ['no cookie', undefined, true],
    ['the cookie of this ad click', 'fb.1.1700000000000.AbC_1', false],
    ['the same with the parameter builder’s mark', 'fb.1.1700000000000.AbC_1.AQYCAQMB', false],
    ['the cookie of another ad click', 'fb.1.1700000000000.other', true],
    ['a broken cookie', 'nonsense', true],
  ])('with %s keeps or replaces _fbc, as the drain sees it', async (_name, cookie, isFresh) => {
    const answer = await get('/go/sample?fbclid=AbC_1', cookie ? { cookie: `_fbc=${cookie}` } : {});
    const [set] = answer.headers['set-cookie'] ?? [];
    expect(set !== undefined).toBe(isFresh);
    if (!isFresh) return;
    const at = captured[0]?.at;
    expect(set).toBe(`_fbc=fb.1.${at}.AbC_1; Max-Age=7776000; Path=/; SameSite=Lax; Secure`);
    if (cookie === undefined) expect(buildClick(captured[0] as ClickFact).fbc).toBe(`fb.1.${at}.AbC_1`);
    // A cookie that the server has not seen yet is posted by the page.
    expect(answer.body).toContain(cookie === undefined ? 'last=1?' : 'last=0?');
  });

  test.each([
    ['assumed', {}, '0', 'granted', true],
    ['assumed, browser says no', {}, '1', 'granted', true],
    ['denied by default', { defaultConsent: 'denied' }, '0', 'denied', false],
    ['asked', { consentMode: 'ask' }, '0', 'pending', false],
    ['asked, browser says no', { consentMode: 'ask' }, '1', 'denied', false],
  ] as const)('%s: consent is %s', async (_name, changes: Partial<EdgePool>, gpc, consent, hasCookie) => {
    pools.set('sample', buildEdgePool(changes));
    const answer = await get('/go/sample?fbclid=AbC', { 'sec-gpc': gpc });
    expect(captured[0]?.consent).toBe(consent);
    expect(answer.headers['set-cookie'] !== undefined).toBe(hasCookie);
  });

  test('goes on when the log loses it', async () => {
    const lost = { append: () => Promise.resolve({ kind: 'lost', reason: 'ENOSPC' } as const) };
    await served({ log: lost }, async () => {
      expect((await get('/go/direct')).headers.location).toMatch(START);
    });
  });

  test('is a redirect when the page cannot be made', async () => {
    const broken = buildEdgePool();
    Object.defineProperty(broken, 'page', {
      get: () => {
        throw new Error('broken texts');
      },
    });
    pools.set('sample', broken);
    expect((await get('/go/sample')).headers.location).toMatch(START);
  });
});

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
    const answer = await get(path);
    expect([answer.status, facts]).toEqual([status, []]);
    expect(answer.body).toContain('<h1>');
    expect(answer.body).not.toContain('<script>');
  });

  test('an inactive pool is not found', async () => {
    pools.set('sample', buildEdgePool({ isActive: false }));
    expect((await get('/go/sample')).status).toBe(404);
  });

  test('other methods are refused', async () => {
    const answer = await get('/go/sample', {}, 'POST');
    expect([answer.status, answer.headers.allow, facts.length]).toEqual([405, 'GET, HEAD', 0]);
  });

  test.each([
    ['HEAD', {}, 'HEAD', 'head'],
    ['Sec-Purpose', { 'sec-purpose': 'prefetch;prerender' }, 'GET', 'prefetch'],
    ['Purpose', { purpose: 'prefetch' }, 'GET', 'prefetch'],
    ['X-Moz', { 'x-moz': 'prefetch' }, 'GET', 'prefetch'],
    ['X-Purpose', { 'x-purpose': 'preview' }, 'GET', 'prefetch'],
    ['an ad reviewer', { 'user-agent': EXTERNAL_HIT }, 'GET', 'crawler'],
  ] as const)('%s gets the page and the redirect without a token', async (_name, headers, method, reason) => {
    const page = await get('/go/sample?fbclid=AbC', headers, method);
    const redirect = await get('/go/direct?fbclid=AbC', headers, method);
    expect(page.status).toBe(200);
    expect(Number(page.headers['content-length'])).toBeGreaterThan(3000);
    expect(page.body).not.toMatch(/evt_|start=/);
    expect(page.headers['set-cookie']).toBeUndefined();
    expect(redirect.headers.location).toBe('https://t.me/sample_shop_bot');
    expect(captured).toEqual([]);
    expect(facts).toMatchObject([
      { kind: 'uncounted', reason },
      { kind: 'uncounted', reason },
    ]);
    expect(Object.keys(facts[0] ?? {})).toEqual(['kind', 'at', 'workspaceId', 'poolId', 'reason']);
  });

  test('uncounted visits take no bot’s turn', async () => {
    const bots = [buildPoolBot(), buildPoolBot({ botId: 'other', username: 'other_bot' })];
    pools.set('direct', buildEdgePool({ mode: 'direct', bots }));
    await get('/go/direct');
    for (let visit = 0; visit < 3; visit += 1) await get('/go/direct', {}, 'HEAD');
    await get('/go/direct');
    expect(captured.map((fact) => fact.botId)).toEqual([bots[0]?.botId, 'other']);
  });

  test('without an enabled bot the answer is 503 with Retry-After', async () => {
    pools.set('sample', buildEdgePool({ bots: [buildPoolBot({ isEnabled: false })] }));
    const answer = await get('/go/sample');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '30']);
    expect(facts).toMatchObject([{ reason: 'no_bot' }]);
  });

  test('over the rate limit the answer is 429 with Retry-After; the pool’s own number counts', async () => {
    pools.set('own', buildEdgePool({ poolId: 'own', rateLimit: 1, mode: 'direct' }));
    pools.set('none', buildEdgePool({ poolId: 'none', rateLimit: 0, mode: 'direct' }));
    await served({ goRateLimit: 2, clock: { now: () => 1_800_000_000_000 } }, async () => {
      const statuses = [];
      for (const slug of ['direct', 'sample', 'direct', 'own', 'own', 'none', 'none', 'none'])
        statuses.push((await get(`/go/${slug}`)).status);
      expect(statuses).toEqual([302, 200, 429, 302, 429, 302, 302, 302]);
      const elsewhere = await get('/go/direct', { 'x-forwarded-for': '198.51.100.77' });
      expect(elsewhere.status).toBe(302);
      expect((await get('/go/direct')).headers['retry-after']).toMatch(/^\d+$/);
    });
    expect(facts).toContainEqual(expect.objectContaining({ reason: 'rate_limit' }));
  });

  test('addresses of one IPv6 network share an allowance', async () => {
    await served({ goRateLimit: 1, clock: { now: () => 1_800_000_000_000 } }, async () => {
      const status = async (ip: string) => (await get('/go/direct', { 'x-forwarded-for': ip })).status;
      expect(await status('2001:db8:0:1::1')).toBe(302);
      expect(await status('2001:db8::1:aaaa:bbbb:cccc:dddd')).toBe(429);
      expect(await status('2001:db8:0:2::1')).toBe(302);
    });
  });
});

describe('the gate', () => {
  const gated = (gate: Partial<NonNullable<EdgePool['gate']>>) =>
    buildEdgePool({
      gate: { linkKey: null, allowedCountries: [], blockBots: false, blockDatacenters: false, ...gate },
    });

  test('answers everybody that it refuses with the same page', async () => {
    pools.set('sample', gated({ linkKey: 'k3y', blockBots: true, allowedCountries: ['BR'] }));
    const geoCountry = (ip: string) => (ip === '198.51.100.1' ? 'US' : 'BR');
    await served({ geoCountry }, async () => {
      const refused = [
        await get('/go/sample'),
        await get('/go/sample?grim=k3'),
        await get('/go/sample?grim=k3y', { 'user-agent': 'curl/8.14.1' }),
        await get('/go/sample?grim=k3y', { 'x-forwarded-for': '198.51.100.1' }),
        await get('/go/sample', { 'user-agent': EXTERNAL_HIT }),
      ];
      const pages = refused.map(({ status, body }) => `${status} ${body.replace(/nonce="\w+"/g, '')}`);
      expect(new Set(pages).size).toBe(1);
      expect(pages[0]).toMatch(/^403 /);
      expect((await get('/go/sample?grim=k3y')).body).toContain('evt_');
      const reviewer = await get('/go/sample?grim=k3y', { 'user-agent': EXTERNAL_HIT });
      expect([reviewer.status, reviewer.body.includes('start=')]).toEqual([200, false]);
    });
    expect(facts.map((fact) => fact.kind === 'uncounted' && fact.reason)).toEqual([
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
    pools.set('sample', { ...gated({}), mode: 'direct' });
    await served({ goRateLimit: 20, clock: { now: () => 1_800_000_000_000 } }, async () => {
      const statuses = [];
      for (let visit = 0; visit < 3; visit += 1) statuses.push((await get('/go/sample')).status);
      expect(statuses).toEqual([302, 302, 403]);
    });
    expect(facts.at(-1)).toMatchObject({ reason: 'gate_rate' });
  });
});

describe('absurd requests', () => {
  test.each([
    ['64 KiB of query', `?a=${'x'.repeat(65_536)}&fbclid=AbC`],
    [
      '10,000 parameters',
      `?${Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join('&')}&fbclid=AbC`,
    ],
    ['bad escapes', '?%=%&%E3%81=%ff%fe&a=%00&fbclid=AbC'],
    [
      'script everywhere',
      `?utm_source=${encodeURIComponent('</script><script>alert(1)</script>')}&fbclid=AbC`,
    ],
    ['repeated parameters', '?fbclid=AbC&fbclid=other&utm_source=a&utm_source=b'],
  ])('%s', async (_name, query) => {
    const answer = await get(`/go/sample${query}`);
    expect(answer.status).toBe(200);
    expect(captured[0]?.url.length).toBeLessThanOrEqual(8192);
    expect(buildClick(captured[0] as ClickFact).fbclid).toBe('AbC');
    expect(answer.body).not.toContain('alert(1)');
  });

  test('bombs in headers are cut', async () => {
    const answer = await get('/go/sample', {
      'user-agent': `${CHROME} ${'x'.repeat(30_000)}`,
      referer: 'https://x.example/'.padEnd(30_000, 'y'),
      cookie: `_fbp=${'9'.repeat(20_000)}; ${'_fbc=;'.repeat(2000)}`,
      'accept-language': 'pt,'.repeat(9000),
      'x-forwarded-for': '1.1.1.1,'.repeat(3000),
    });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(captured[0]).length).toBeLessThan(6000);
    expect(captured[0]).toMatchObject({ fbp: null, fbc: null });
  });

  test('raw bytes that are no UTF-8 are answered', async () => {
    const raw = Buffer.concat([
      Buffer.from('GET /go/sample?utm_source='),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
      Buffer.from(` HTTP/1.1\r\nHost: x\r\nUser-Agent: ${CHROME} `),
      Buffer.from([0xe9, 0xff]),
      Buffer.from('\r\nConnection: close\r\n\r\n'),
    ]);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(raw));
      let received = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        received += chunk;
      });
      socket.on('end', () => resolve(received)).on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 (200|400) /);
  });
});
