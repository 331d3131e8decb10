import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildEdgePool } from '../../../test/fixtures/edge-pool.ts';
import { CHROME, type GoServer, openGoServer } from '../../../test/fixtures/go-server.ts';
import { buildClick } from '../../domain/click.ts';
import type { ClickFact } from '../../domain/facts.ts';
import { readLog } from '../../log/read-log.ts';
import type { EdgePool } from '../../settings/types.ts';

const START = /^https:\/\/t\.me\/sample_shop_bot\?start=([0-9a-f]{32})$/;

let go: GoServer;

beforeAll(async () => {
  go = await openGoServer();
});
afterAll(() => go.close());
beforeEach(() => go.reset());

describe('a click', () => {
  test('is in the log, with what the request said, before it is answered', async () => {
    const answer = await go.get('/go/sample?fbclid=AbC_1&utm_source=ig&x=%zz', {
      cookie: 'a=b; _fbp=fb.1.1700000000000.123; _fbi=1.2.3.4.AQYAAQMB',
      'accept-language': 'pt-BR,pt;q=0.9',
      referer: 'https://l.facebook.com/',
      'sec-ch-ua-mobile': '?0',
      'x-forwarded-for': '6.6.6.6, 198.51.100.9',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    const [fact] = go.captured;
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
    const { records } = await readLog({ directory: go.logDirectory, from: null });
    expect(records.map((record) => JSON.parse(record.json))).toContainEqual(fact);
  });

  test('in direct mode, or without a pixel, is an empty redirect with the token', async () => {
    go.pools.set('bare', buildEdgePool({ meta: null }));
    for (const slug of ['direct', 'bare']) {
      const answer = await go.get(`/go/${slug}`);
      expect(answer.status).toBe(302);
      expect(answer.headers['content-length']).toBe('0');
      expect(answer.headers['transfer-encoding']).toBeUndefined();
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(START.exec(answer.headers.location ?? '')?.[1]).toBe(go.captured.at(-1)?.token);
    }
  });

  test('tokens differ and a slash at the end is forgiven', async () => {
    await Promise.all([go.get('/go/direct'), go.get('/go/direct/'), go.get('/go/direct/?a=1')]);
    expect(new Set(go.captured.map((fact) => fact.token)).size).toBe(3);
  });

  test.each([
    ['no cookie', undefined, true],
    ['the cookie of this ad click', 'fb.1.1700000000000.AbC_1', false],
    ['the same with the parameter builder’s mark', 'fb.1.1700000000000.AbC_1.AQYCAQMB', false],
    ['the cookie of another ad click', 'fb.1.1700000000000.other', true],
    ['a broken cookie', 'nonsense', true],
  ])('with %s keeps or replaces _fbc, as the drain sees it', async (_name, cookie, isFresh) => {
    const answer = await go.get('/go/sample?fbclid=AbC_1', cookie ? { cookie: `_fbc=${cookie}` } : {});
    const [set] = answer.headers['set-cookie'] ?? [];
    expect(set !== undefined).toBe(isFresh);
    if (!isFresh) return;
    const at = go.captured[0]?.at;
    expect(set).toBe(`_fbc=fb.1.${at}.AbC_1; Max-Age=7776000; Path=/; SameSite=Lax; Secure`);
    if (cookie === undefined) expect(buildClick(go.captured[0] as ClickFact).fbc).toBe(`fb.1.${at}.AbC_1`);
    // A cookie that the server has not seen yet is posted by the page.
    expect(answer.body).toContain(cookie === undefined ? 'last=1?' : 'last=0?');
  });

  test.each([
    ['assumed', {}, '0', 'granted'],
    ['assumed, browser says no', {}, '1', 'granted'],
    ['denied by default', { defaultConsent: 'denied' }, '0', 'denied'],
    ['asked', { consentMode: 'ask' }, '0', 'pending'],
    ['asked, browser says no', { consentMode: 'ask' }, '1', 'denied'],
  ] as const)('%s', async (_name, changes: Partial<EdgePool>, gpc, consent) => {
    go.pools.set('sample', buildEdgePool(changes));
    const answer = await go.get('/go/sample?fbclid=AbC', { 'sec-gpc': gpc });
    expect(go.captured[0]?.consent).toBe(consent);
    expect(answer.headers['set-cookie'] !== undefined).toBe(consent === 'granted');
  });

  test('goes on when the log loses it', async () => {
    const lost = { append: () => Promise.resolve({ kind: 'lost', reason: 'ENOSPC' } as const) };
    go.reset({ log: lost });
    expect((await go.get('/go/direct')).headers.location).toMatch(START);
  });

  test('is a redirect when the page cannot be made', async () => {
    const broken = buildEdgePool();
    Object.defineProperty(broken, 'page', {
      get: () => {
        throw new Error('broken texts');
      },
    });
    go.pools.set('sample', broken);
    expect((await go.get('/go/sample')).headers.location).toMatch(START);
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
    const answer = await go.get(`/go/sample${query}`);
    expect(answer.status).toBe(200);
    expect(go.captured[0]?.url.length).toBeLessThanOrEqual(8192);
    expect(buildClick(go.captured[0] as ClickFact).fbclid).toBe('AbC');
    expect(answer.body).not.toContain('alert(1)');
  });

  test('bombs in headers are cut', async () => {
    const answer = await go.get('/go/sample', {
      'user-agent': `${CHROME} ${'x'.repeat(30_000)}`,
      referer: 'https://x.example/'.padEnd(30_000, 'y'),
      cookie: `_fbp=${'9'.repeat(20_000)}; ${'_fbc=;'.repeat(2000)}`,
      'accept-language': 'pt,'.repeat(9000),
      'x-forwarded-for': '1.1.1.1,'.repeat(3000),
    });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(go.captured[0]).length).toBeLessThan(6000);
    expect(go.captured[0]).toMatchObject({ fbp: null, fbc: null });
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
      const socket = connect(go.port, '127.0.0.1', () => socket.write(raw));
      let received = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        received += chunk;
      });
      socket.on('end', () => resolve(received)).on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 (200|400) /);
  });
});
