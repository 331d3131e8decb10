import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { newestItems, openVisitor, waitForItems } from '../fixtures/site/site-visitor.ts';
import { openChromium } from '../support/chromium.ts';
import { waitFor } from '../support/wait-for.ts';

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

/** The script waits 1, 2, 9, 28, 65 … seconds between attempts: a page that was slow to become ready is in a long pause. */
const PAUSED_MS = 90_000;

const readQueue = async (page: Page): Promise<unknown[]> =>
  JSON.parse(String(await page.evaluate(`localStorage.getItem('rastro.${server.domain}')`))).queue;

/** Lets the page's clock run on until it has come to that; how long answers take is the machine's own time. */
const passTime = (page: Page, what: string, isThere: () => boolean) =>
  waitFor(
    what,
    async () => {
      await page.clock.runFor(1000);
      return isThere();
    },
    { timeoutMs: 60_000, everyMs: 150 },
  );

test('a server that is away is asked again, with the same ids, and what it has taken leaves the queue', async () => {
  server.status = 503;
  const { page } = await openVisitor(browser);
  await page.clock.install();
  const ids: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') ids.push(JSON.parse(request.postData() ?? '{}').items[0].id);
  });
  await page.goto(server.site);
  await passTime(page, 'three attempts', () => ids.length >= 3);
  expect(new Set(ids).size).toBe(1);
  server.status = 202;
  await passTime(page, 'what the server takes', () => server.batches.length > 0);
  await waitForItems(server, 'page_view', 1);
  await expect.poll(() => readQueue(page)).toEqual([]);
});

test('a refused batch is not sent again', async () => {
  server.status = 404;
  const { page } = await openVisitor(browser);
  let requests = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') requests += 1;
  });
  await page.goto(server.site);
  await expect.poll(() => requests).toBe(1);
  await expect.poll(() => readQueue(page)).toEqual([]);
  await page.waitForTimeout(2500);
  expect(requests).toBe(1);
});

test('offline: nothing is tried; back online all goes, in its session', async () => {
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  const [view] = await waitForItems(server, 'page_view', 1);
  // The server has it; that the page knows so takes an answer, which must not be cut off.
  await expect.poll(() => readQueue(page)).toEqual([]);
  await page.context().setOffline(true);
  await page.click('#buy');
  await page.evaluate("rastro.lead({email: 'a@example.com'})");
  await page.waitForTimeout(1500);
  expect(newestItems(server)).toHaveLength(1);
  expect(await readQueue(page)).toHaveLength(2);
  await page.context().setOffline(false);
  expect((await waitForItems(server, 'lead', 1))[0]?.session).toBe(view?.session);
  expect((await waitForItems(server, 'add_to_cart', 1))[0]?.session).toBe(view?.session);
  expect(errors).toEqual([]);
});

test('what a page could not send before it was closed, the next page sends', async () => {
  server.status = 0;
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  const id = await page.evaluate("rastro.lead({email: 'a@example.com'})");
  await page.waitForTimeout(300);
  // Closed without a word, as phones do.
  const context = page.context();
  await page.close({ runBeforeUnload: false });
  server.status = 202;
  const next = await context.newPage();
  await next.goto(`${server.site}/thanks.html`);
  const [lead] = await waitForItems(server, 'lead', 1);
  expect(lead?.item.id).toBe(id);
});

test('the queue is bounded: the newest stay', async () => {
  server.status = 503;
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  await page.evaluate("for (let i = 0; i < 250; i += 1) rastro.event('e' + i)");
  const queue = await readQueue(page);
  expect(queue).toHaveLength(200);
  expect(queue.at(-1)).toMatchObject([expect.any(String), { event_type: 'e249' }]);
  server.status = 202;
  // A page view that was on its way when the server came back may be taken beside them.
  const told = () => newestItems(server).flatMap(({ item }) => item.event_type ?? []);
  const newest = Array.from({ length: 200 }, (_, index) => `e${index + 50}`);
  await expect.poll(told, { timeout: PAUSED_MS }).toEqual(newest);
  for (const { items } of server.batches) expect(items.length).toBeLessThanOrEqual(50);
});

test('left within the first second: a beacon carries the page view', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  await page.goto('about:blank');
  await expect.poll(() => newestItems(server).map(({ item }) => item.exit_page)).toEqual([true]);
  expect(server.batches[0]?.headers['content-type']).toMatch(/^text\/plain/);
});

test('two tabs share the session and do not undo each other’s queue', async () => {
  server.status = 503;
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  const other = await page.context().newPage();
  await other.goto(`${server.site}/product.html`);
  for (const tab of [page, other]) await tab.waitForFunction('window.rastro?.event');
  await Promise.all([page.evaluate("rastro.event('one')"), other.evaluate("rastro.event('two')")]);
  server.status = 202;
  await expect.poll(() => newestItems(server).length, { timeout: PAUSED_MS }).toBeGreaterThanOrEqual(4);
  expect(new Set(newestItems(server).map(({ session }) => session)).size).toBe(1);
});

test('served from the site’s own folder by a proxy, it posts to that folder; data-api names another place', async () => {
  const { page } = await openVisitor(browser);
  const posted: string[] = [];
  const script = await (await fetch(`${server.collector}/r.js`)).text();
  await page.route('**/medir/**', (route) => {
    if (route.request().method() === 'POST') posted.push(new URL(route.request().url()).pathname);
    return route.fulfill({ contentType: 'text/javascript', body: script });
  });
  await page.route('**/*.html', (route) => {
    const api = route.request().url().includes('other') ? 'data-api="/medir/c"' : '';
    const body = `<script src="/medir/r.js" data-domain="${server.domain}" ${api}></script>`;
    return route.fulfill({ contentType: 'text/html', body });
  });
  await page.goto(`${server.site}/own.html`);
  await expect.poll(() => posted).toContain('/medir/api/collect');
  await page.goto(`${server.site}/other.html`);
  await expect.poll(() => posted).toContain('/medir/c');
});
