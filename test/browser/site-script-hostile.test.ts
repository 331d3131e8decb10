import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { newestItems, openVisitor, waitForItems } from '../fixtures/site/site-visitor.ts';
import { openChromium } from '../support/chromium.ts';

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

/** What a page may have done to the browser before the script comes; the visit is measured all the same. */
const MEASURED = {
  'frozen prototypes':
    'for (const it of [Object, Array, Function, String, Promise, Element, HTMLElement, Event, History, Storage, Date, Map, Set]) { Object.freeze(it); Object.freeze(it.prototype) }',
  'a frozen history': 'Object.freeze(history)',
  'no localStorage':
    "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })",
  'a full localStorage':
    "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
  'spoilt storage': "Storage.prototype.getItem = () => '{not json'",
  'a dataLayer of nonsense':
    'window.dataLayer = [null, 1, "consent", () => 1, ["consent"], {}]; dataLayer.push = null',
  'an element called rastro':
    "addEventListener('DOMContentLoaded', () => document.body.insertAdjacentHTML('afterbegin', '<form id=rastro><input name=push></form>'))",
  'a rastro that cannot be replaced': "Object.defineProperty(window, 'rastro', { value: undefined })",
  'no sendBeacon': 'navigator.sendBeacon = undefined',
  'no randomUUID': 'crypto.randomUUID = undefined',
};

test.each(Object.entries(MEASURED))('%s: measured, and no error on the page', async (_name, script) => {
  const { page, errors } = await openVisitor(browser);
  await page.addInitScript(script);
  await page.goto(server.site);
  await page.evaluate('scrollTo(0, 5000)');
  await page.click('#buy');
  await waitForItems(server, 'page_view', 1);
  await waitForItems(server, 'add_to_cart', 1);
  await page.goto('about:blank');
  expect(errors).toEqual([]);
});

/** Here nothing can be measured; the page must not notice. */
const SILENT = {
  'no fetch and no beacon': 'window.fetch = undefined; navigator.sendBeacon = undefined',
  'a fetch that throws': "window.fetch = () => { throw new Error('no') }; navigator.sendBeacon = fetch",
  'no crypto': "Object.defineProperty(window, 'crypto', { value: undefined })",
};

test.each(Object.entries(SILENT))('%s: no error on the page', async (_name, script) => {
  const { page, errors } = await openVisitor(browser);
  await page.addInitScript(script);
  await page.goto(server.site);
  await page.click('#buy');
  await page.waitForTimeout(1500);
  await page.goto(`${server.site}/product.html`);
  expect(errors).toEqual([]);
});

test('a policy without our address: the browser reports once, and nothing is tried again', async () => {
  server.headers = {
    'content-security-policy': `default-src 'self' 'unsafe-inline'; script-src 'unsafe-inline' ${server.collector}; connect-src 'self'`,
  };
  const { page, errors } = await openVisitor(browser);
  await page.clock.install();
  await page.goto(server.site);
  await page.clock.runFor(60_000);
  await page.click('#buy');
  await page.clock.runFor(60_000);
  expect(server.batches).toEqual([]);
  // Chromium says it in two lines: the policy, and the request that it stopped.
  expect(errors.length).toBeLessThanOrEqual(2);
  expect(errors.every((error) => /Content Security Policy|connect-src/.test(error))).toBe(true);
});

test('a blocker that stops every request: only the browser’s own reports, fewer and fewer', async () => {
  const { page, errors } = await openVisitor(browser);
  await page.clock.install();
  await page.route('**/api/collect', (route) => route.abort('blockedbyclient'));
  await page.goto(server.site);
  for (let minute = 0; minute < 10; minute += 1) await page.clock.runFor(60_000);
  expect(errors.length).toBeLessThan(12);
  expect(errors.every((error) => error.includes('ERR_BLOCKED_BY_CLIENT'))).toBe(true);
});

test('included twice it counts once; without a domain it does nothing', async () => {
  server.head = `<script src="${server.collector}/r.js" data-domain="${server.domain}"></script><script src="${server.collector}/r.js"></script>`;
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  await waitForItems(server, 'page_view', 1);
  await page.waitForTimeout(2000);
  expect(newestItems(server)).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('the page’s own history and errors are as without us', async () => {
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  const thrown = await page.evaluate(
    "(() => { try { history.pushState(() => 1, '', '/x'); return 'nothing' } catch (error) { return error.name } })()",
  );
  expect(thrown).toBe('DataCloneError');
  await page.evaluate("history.pushState({a: 1}, '', '/y')");
  expect(await page.evaluate('[history.state, location.pathname]')).toEqual([{ a: 1 }, '/y']);
  expect(await page.evaluate('Object.keys(window).filter((key) => /rastro/i.test(key))')).toEqual(['rastro']);
  expect(errors).toEqual([]);
});

test('with the script on, the page looks and lies as without it', async () => {
  const take = async (attributes: string, head: string) => {
    server.attributes = attributes;
    server.head = head;
    const { page } = await openVisitor(browser);
    await page.goto(server.site);
    await page.waitForTimeout(800);
    const shift = await page.evaluate(
      "new Promise((resolve) => { let sum = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value }).observe({ type: 'layout-shift', buffered: true }); setTimeout(() => resolve(sum), 200) })",
    );
    const picture = await page.screenshot({ fullPage: true });
    return { shift, picture };
  };
  const without = await take('type="text/plain"', '');
  const withScript = await take('data-variants="oferta:frete"', '');
  expect(withScript.shift).toBe(0);
  expect(withScript.picture.equals(without.picture)).toBe(true);
  // Variants in the head, not async: the first paint has the chosen one.
  const inHead = await take(
    'data-ignored',
    `<script src="${server.collector}/r.js" data-domain="${server.domain}" data-variants="oferta:desconto"></script>`,
  );
  expect(inHead.shift).toBe(0);
  expect(inHead.picture.equals(without.picture)).toBe(false);
});
