import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { newestItems, openVisitor, waitForItems } from '../fixtures/site/site-visitor.ts';
import { openChromium } from '../support/chromium.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let browser: Browser;
let server: SiteServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([openChromium(), openSiteServer()]);
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  server.reset();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Seconds that the page's clock was moved on, and what passed by itself meanwhile on a busy machine. */
const shown = (seconds: number, begunAt: number) =>
  expect.toSatisfy((told: unknown) => {
    const most = seconds + Math.ceil((Date.now() - begunAt) / 1000);
    return typeof told === 'number' && told >= seconds && told <= most;
  });

test('pages of one visit: one session, views in order with referrer, visible seconds and exit', async () => {
  const { page, errors } = await openVisitor(browser);
  const begunAt = Date.now();
  await page.clock.install();
  await page.goto(`${server.site}/?utm_source=fb&utm_campaign={{campaign.name}}&fbclid=AbC_1#topo`);
  await page.clock.runFor(7000);
  // What is on its way when a page is left may come after what the page says last.
  await waitForItems(server, 'page_view', 1);
  await page.click('#product');
  await page.waitForURL('**/product.html');
  await page.clock.runFor(2000);
  await waitForItems(server, 'page_view', 2);
  await page.goto('about:blank');
  const views = await waitForItems(server, 'page_view', 2);
  await expect.poll(() => newestItems(server).map(({ item }) => item.exit_page)).toEqual([true, true]);
  const [first, second] = (await waitForItems(server, 'page_view', 2)).map(({ item }) => item);
  expect(new Set(views.map(({ session }) => session)).size).toBe(1);
  expect(first).toMatchObject({
    page_url: `${server.site}/?utm_source=fb&fbclid=AbC_1#topo`,
    title: 'Loja de exemplo',
    time_on_page: shown(7, begunAt),
    exit_page: true,
    consent: {},
  });
  expect(second).toMatchObject({
    page_url: `${server.site}/product.html`,
    referrer: `${server.site}/?utm_source=fb&utm_campaign={{campaign.name}}&fbclid=AbC_1`,
    time_on_page: shown(2, begunAt),
  });
  for (const item of [first, second]) expect(item?.id).toMatch(UUID_V4);
  for (const { body, headers } of server.batches) {
    expect(body.domain_id).toBe(server.domain);
    expect(String(body.session_id)).toMatch(UUID_V4);
    expect(Math.abs(Date.parse(String(body.sent_at)) - Date.now())).toBeLessThan(60_000);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(headers.origin).toBe(server.site);
    expect(headers.cookie).toBeUndefined();
  }
  expect(errors).toEqual([]);
});

test('new UTMs or click ids open a session; the same ones, or none, go on with it; half an hour of rest ends it', async () => {
  const { page } = await openVisitor(browser);
  await page.clock.install();
  const visit = async (path: string, count: number) => {
    await page.goto(server.site + path);
    await page.clock.runFor(1500);
    return (await waitForItems(server, 'page_view', count)).at(-1)?.session;
  };
  const first = await visit('/?utm_source=fb&fbclid=A', 1);
  expect(await visit('/?utm_source=fb&fbclid=A', 2)).toBe(first);
  expect(await visit('/product.html', 3)).toBe(first);
  const second = await visit('/?utm_source=google&gclid=B', 4);
  expect(second).not.toBe(first);
  expect(await visit('/contact.html', 5)).toBe(second);
  // An unfilled template is no click id.
  expect(await visit('/?gclid={gclid}', 6)).toBe(second);
  await page.clock.fastForward('29:00');
  expect(await visit('/', 7)).toBe(second);
  await page.clock.fastForward('31:00');
  expect(await visit('/', 8)).not.toBe(second);
});

test('a page left open for an hour counts as opened anew when the person acts', async () => {
  const { page } = await openVisitor(browser);
  await page.clock.install();
  await page.goto(server.site);
  await page.clock.runFor(1500);
  const [before] = await waitForItems(server, 'page_view', 1);
  await page.clock.fastForward('01:00:00');
  await page.click('#buy');
  await page.clock.runFor(1500);
  const [event] = await waitForItems(server, 'add_to_cart', 1);
  const after = (await waitForItems(server, 'page_view', 2)).at(-1);
  expect(event?.session).toBe(after?.session);
  expect(event?.session).not.toBe(before?.session);
});

test('the ad platforms’ cookies go with page views, also those that come later', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.evaluate(
    "document.cookie='_fbp=fb.1.1700000000000.123';document.cookie='_ga=GA1.1.1.2';document.cookie='other=1';document.cookie='_ttp=x_y'",
  );
  const [first] = await waitForItems(server, 'page_view', 1);
  await page.goto('about:blank');
  await expect.poll(() => server.batches.length).toBeGreaterThan(1);
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item.id).toBe(first?.item.id);
  expect(view?.item.occurred_at).toBe(first?.item.occurred_at);
  expect(view?.item.cookies).toEqual({ _fbp: 'fb.1.1700000000000.123', _ga: 'GA1.1.1.2', _ttp: 'x_y' });
});

test('a single-page app: a view for each address, its own time, and nothing for a replaced filter', async () => {
  server.attributes = 'data-hash';
  const { page, errors } = await openVisitor(browser);
  const begunAt = Date.now();
  await page.clock.install();
  await page.goto(`${server.site}/app`);
  await page.clock.runFor(3000);
  await page.click('text=Planos');
  await page.clock.runFor(5000);
  await page.evaluate("history.replaceState({}, '', '/app/planos?ordem=preco')");
  await page.click('text=Anual');
  await page.click('text=Detalhes');
  await page.goBack();
  await page.clock.runFor(1500);
  const items = (await waitForItems(server, 'page_view', 5)).map(({ item }) => item);
  const paths = items.map(({ page_url: url }) => String(url).slice(server.site.length));
  expect(paths).toEqual([
    '/app',
    '/app/planos',
    '/app/planos?ciclo=anual',
    '/app/planos?ciclo=anual#detalhes',
    '/app/planos?ciclo=anual',
  ]);
  expect(items[1]).toMatchObject({
    referrer: `${server.site}/app`,
    time_on_page: shown(5, begunAt),
    exit_page: false,
  });
  expect(items[0]).toMatchObject({ time_on_page: shown(3, begunAt), exit_page: false });
  expect(items[2]?.referrer).toBe(`${server.site}/app/planos?ordem=preco`);
  expect(errors).toEqual([]);
});

test('without data-hash, what follows # is the same page', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(`${server.site}/app`);
  await page.click('text=Detalhes');
  await page.click('text=Planos');
  await page.waitForTimeout(1500);
  expect(await waitForItems(server, 'page_view', 2)).toHaveLength(2);
});

test('hidden and visible again: the time grows, and hidden time does not count', async () => {
  const { page } = await openVisitor(browser);
  const begunAt = Date.now();
  await page.clock.install();
  await page.goto(server.site);
  const turn = (hidden: boolean) =>
    page.evaluate(
      `Object.defineProperty(document,'hidden',{configurable:true,value:${hidden}});document.dispatchEvent(new Event('visibilitychange'))`,
    );
  await page.clock.runFor(4000);
  await turn(true);
  await expect
    .poll(async () => (await waitForItems(server, 'page_view', 1))[0]?.item.time_on_page)
    .toEqual(shown(4, begunAt));
  await page.clock.runFor(60_000);
  await turn(false);
  await page.clock.runFor(3000);
  await turn(true);
  await expect
    .poll(async () => (await waitForItems(server, 'page_view', 1))[0]?.item.time_on_page)
    .toEqual(shown(7, begunAt));
});
