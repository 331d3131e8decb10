import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClickFact } from '../../src/domain/facts.ts';
import { createClientIpReader } from '../../src/http/client-ip.ts';
import { BUILDER_PATH } from '../../src/http/go/bridge-script.ts';
import { createGoHandler } from '../../src/http/go/go-handler.ts';
import { buildMetrics } from '../../src/http/metrics.ts';
import { openLogger } from '../../src/io/logger.ts';
import type { EdgePool } from '../../src/settings/types.ts';
import { buildEdgePool } from '../fixtures/edge-pool.ts';
import { openChromium } from '../support/chromium.ts';

// The pixel as far as the page can see it: it empties the queue, sets _fbp, brings a second script and sends a picture.
const PIXEL = `(function(){var q=fbq.queue;fbq.callMethod=function(){window.calls=(window.calls||[]).concat([[].slice.call(arguments)]);
if(arguments[0]==='init'){if(document.cookie.indexOf('_fbp=')<0)document.cookie='_fbp=fb.0.'+Date.now()+'.987654321;path=/';
var s=document.createElement('script');s.src='https://connect.facebook.net/signals/config/1';document.head.appendChild(s);new Image().src='https://www.facebook.com/tr/?id=1'}};
while(q.length)fbq.callMethod.apply(fbq,q.shift())})()`;
const BUILDER = readFileSync(
  new URL('../../vendor/meta-param-builder/clientParamBuilder.bundle.js', import.meta.url),
);
const PHONE: BrowserContextOptions = {
  viewport: { width: 320, height: 640 },
  hasTouch: true,
  isMobile: true,
  locale: 'pt-BR',
};

interface Posted {
  readonly path: string;
  readonly body: Record<string, string>;
}

const pools = new Map<string, EdgePool>();
const clicks: ClickFact[] = [];
const posted: Posted[] = [];
let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  browser = await openChromium();
  const go = createGoHandler({
    registry: { poolBySlug: (slug) => pools.get(slug) },
    log: { append: () => Promise.resolve({ kind: 'deferred', reason: 'test' }) },
    onCaptured: (fact) => clicks.push(fact),
    clientIp: createClientIpReader(null),
    clock: Date,
    logger: openLogger('silent'),
    metrics: buildMetrics(),
    publicUrl: 'http://localhost',
    goRateLimit: 0,
    geoCountry: null,
  });
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/go/')) return go(request, response);
    if (path === BUILDER_PATH)
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(BUILDER);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.method === 'POST') posted.push({ path, body: JSON.parse(body) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  pools.clear();
  clicks.length = 0;
  posted.length = 0;
});

interface Opened {
  readonly page: Page;
  readonly outside: string[];
  readonly errors: string[];
}

/** Opens a pool's page; the outside world is played here, or blocked. */
async function open(
  pool: EdgePool,
  options: BrowserContextOptions & { blocked?: boolean } = {},
): Promise<Opened> {
  pools.set('sample', pool);
  const { blocked = false, ...context } = options;
  const page = await (await browser.newContext({ ...PHONE, ...context })).newPage();
  const outside: string[] = [];
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) errors.push(message.text());
  });
  await page.route(/^https:/, (route) => {
    const url = route.request().url();
    outside.push(new URL(url).pathname);
    if (blocked) return route.abort();
    const body = url.endsWith('fbevents.js') ? PIXEL : '';
    return route.fulfill({ contentType: 'text/javascript', body });
  });
  await page.goto(`${origin}/go/sample?fbclid=AbC_1`);
  return { page, outside, errors };
}

const ASK = buildEdgePool({ consentMode: 'ask' });
const bodies = (path: string) => posted.filter((post) => post.path === path).map((post) => post.body);
const cookiesOf = async (page: Page) =>
  Object.fromEntries((await page.context().cookies()).map(({ name, value }) => [name, value]));

test('pixel and builder run under the policy, and the page posts their cookies', async () => {
  const { page, outside, errors } = await open(buildEdgePool());
  await expect.poll(() => bodies('/api/tracking/cookies').at(-1)?._fbp).toMatch(/^fb\.0\.\d+\./);
  const token = clicks[0]?.token;
  await expect
    .poll(() => page.evaluate('window.calls'))
    .toEqual([
      ['init', '1234567890123456'],
      ['track', 'PageView', {}, { eventID: `evt_${token}` }],
    ]);
  await expect.poll(() => outside).toEqual(expect.arrayContaining(['/signals/config/1', '/tr/']));
  expect(bodies('/api/tracking/cookies').every((body) => body.tracking_token === token)).toBe(true);
  // What the browser tells Meta and what the server made of the click hold the same moment and click id.
  await expect
    .poll(async () => (await cookiesOf(page))._fbc)
    .toMatch(new RegExp(`^fb\\.1\\.${clicks[0]?.at}\\.AbC_1(\\.\\w+)?$`));
  expect(errors).toEqual([]);
});

test('with the pixel blocked the page works, and nothing breaks', async () => {
  const { page, errors } = await open(buildEdgePool({ parameterBuilder: 'never' }), { blocked: true });
  const start = page.locator('#go');
  expect(await start.getAttribute('href')).toBe(`https://t.me/sample_shop_bot?start=${clicks[0]?.token}`);
  expect((await start.boundingBox())?.height).toBeGreaterThanOrEqual(48);
  expect(errors).toEqual([]);
});

test('asked: nothing outside and no cookie before the choice; yes starts the pixel with the click’s own _fbc', async () => {
  const { page, outside, errors } = await open(ASK);
  await page.waitForTimeout(500);
  expect([outside, await cookiesOf(page), posted]).toEqual([[], {}, []]);
  await page.getByRole('button', { name: 'Aceitar' }).click();
  await expect.poll(() => bodies('/api/tracking/cookies').length).toBeGreaterThan(0);
  await expect
    .poll(() => bodies('/api/tracking/consent'))
    .toEqual([{ tracking_token: clicks[0]?.token, ads: 'granted' }]);
  await expect.poll(() => page.getByRole('status').textContent()).toContain('Escolha salva');
  await expect.poll(async () => (await cookiesOf(page))._fbc).toContain(`fb.1.${clicks[0]?.at}.AbC_1`);
  expect(errors).toEqual([]);
});

test('asked: no loads nothing, and a no after a yes removes the cookies', async () => {
  const { page, outside } = await open(ASK);
  await page.getByRole('button', { name: 'Recusar' }).click();
  await expect.poll(() => bodies('/api/tracking/consent').length).toBe(1);
  // Only with the server's answer the page closes the choice, and only then it can be opened again.
  await expect.poll(() => page.getByRole('status').textContent()).toContain('Escolha salva');
  expect(outside).toEqual([]);
  await page.locator('summary').click();
  await page.getByRole('button', { name: 'Aceitar' }).click();
  await expect.poll(async () => (await cookiesOf(page))._fbp).toBeDefined();
  await page.locator('summary').click();
  await page.getByRole('button', { name: 'Recusar' }).click();
  await expect.poll(() => cookiesOf(page)).toEqual({});
  expect(bodies('/api/tracking/consent').map((body) => body.ads)).toEqual(['denied', 'granted', 'denied']);
});

test('with scripts off there is the link, and the choice is a plain form', async () => {
  const { page } = await open(ASK, { javaScriptEnabled: false });
  expect(await page.locator('#go').getAttribute('href')).toContain('?start=');
  expect(await page.locator('form#choice').getAttribute('action')).toBe('/api/tracking/consent');
  expect(await page.getByRole('button').count()).toBe(2);
});

test('nothing is wider than 320 px, in any language and scheme, with the longest words', async () => {
  const long = {
    title: 'Pneumoultramicroscopicossilicovulcanoconiótico',
    text: 'w'.repeat(120),
    button: 'w'.repeat(40),
  };
  const pool = buildEdgePool({ consentMode: 'ask', isDemo: true, page: { pt: long, en: long } });
  for (const options of [{ colorScheme: 'dark' }, { locale: 'en-US' }] as const) {
    const { page } = await open(pool, options);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  }
});

// As Facebook's app fetches it; browsers do not let a test set Sec-Purpose.
test('a page that was fetched ahead asks for itself again once a person sees it', async () => {
  pools.set('sample', buildEdgePool());
  const page = await (await browser.newContext(PHONE)).newPage();
  let requests = 0;
  await page.route(/^https:/, (route) => route.abort());
  await page.route('**/go/sample', (route) => {
    requests += 1;
    const purpose = requests === 1 ? { 'x-purpose': 'preview' } : {};
    return route.continue({ headers: { ...route.request().headers(), ...purpose } });
  });
  await page.goto(`${origin}/go/sample`);
  await expect.poll(() => clicks.length).toBe(1);
  await expect.poll(() => page.locator('#go').getAttribute('href')).toContain(clicks[0]?.token);
  expect(requests).toBe(2);
});
