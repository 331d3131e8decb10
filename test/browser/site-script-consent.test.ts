import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { newestItems, openVisitor, readDevice, waitForItems } from '../fixtures/site/site-visitor.ts';
import { openChromium } from '../support/chromium.ts';

const QUIET_MS = 1600;
const GTAG = 'window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}';
const DENIED =
  "{ad_storage:'denied',ad_user_data:'denied',ad_personalization:'denied',analytics_storage:'denied'}";

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

test('asked: nothing on the device and nothing sent, whatever happens, until yes; then all of it, with the choice', async () => {
  server.attributes = 'data-consent="ask" data-variants="oferta:frete,desconto"';
  const { page, errors } = await openVisitor(browser);
  await page.goto(`${server.site}/?gclid=G1`);
  await page.click('#buy');
  const variant = await page.getAttribute('html', 'data-rastro-oferta');
  await page.evaluate("rastro.lead({email: 'a@example.com'})");
  await page.waitForTimeout(QUIET_MS);
  expect(await readDevice(page)).toEqual([]);
  expect(server.batches).toEqual([]);
  await page.evaluate(
    "document.cookie='_fbp=fb.1.1700000000000.9'; rastro.consent({ads: true, analytics: 'granted'})",
  );
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item).toMatchObject({
    page_url: `${server.site}/?gclid=G1`,
    consent: { ads: 'granted', analytics: 'granted' },
    cookies: { _fbp: 'fb.1.1700000000000.9' },
  });
  for (const type of ['add_to_cart', 'lead', 'experiment']) {
    expect((await waitForItems(server, type, 1))[0]?.session).toBe(view?.session);
  }
  expect(await readDevice(page)).toEqual([`rastro.${server.domain}`, '_fbp']);
  // The next page knows the answer and goes on with the session and the variant.
  await page.goto(`${server.site}/product.html`);
  const second = (await waitForItems(server, 'page_view', 2)).at(-1);
  expect(second?.session).toBe(view?.session);
  expect(await page.getAttribute('html', 'data-rastro-oferta')).toBe(variant);
  expect(errors).toEqual([]);
});

test('asked and left without an answer: nothing was ever sent', async () => {
  server.attributes = 'data-consent="ask"';
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  await page.goto(`${server.site}/thanks.html`);
  await page.waitForTimeout(QUIET_MS);
  expect(server.batches).toEqual([]);
  expect(await readDevice(page)).toEqual([]);
});

test('refused: visits are not measured, only the refusal is kept; a lead goes alone, without the visit', async () => {
  server.attributes = 'data-consent="ask"';
  const { page } = await openVisitor(browser);
  await page.goto(`${server.site}/?gclid=G1`);
  await page.waitForFunction('window.rastro?.event');
  await page.evaluate(
    "document.cookie='_fbp=fb.1.1700000000000.9'; rastro.consent({ads: false, analytics: false})",
  );
  await page.evaluate(
    "rastro.event('x'); rastro.lead({email: 'a@example.com'}); rastro.lead({email: 'b@example.com'})",
  );
  const leads = await waitForItems(server, 'lead', 2);
  expect(newestItems(server)).toHaveLength(2);
  expect(leads[0]?.item).toMatchObject({
    page_url: `${server.site}/`,
    consent: { ads: 'denied', analytics: 'denied' },
  });
  expect(leads[0]?.item.cookies).toEqual({});
  expect(leads[0]?.session).not.toBe(leads[1]?.session);
  const kept = await page.evaluate(`localStorage.getItem('rastro.${server.domain}')`);
  expect(JSON.parse(String(kept))).toEqual({ consent: { ads: 'denied', analytics: 'denied' } });
  await page.goto(`${server.site}/product.html`);
  await page.waitForTimeout(QUIET_MS);
  expect(newestItems(server)).toHaveLength(2);
});

test('withdrawn after a yes: session, queue and variants leave the device', async () => {
  server.attributes = 'data-consent="granted"';
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item.consent).toEqual({ ads: 'granted', analytics: 'granted' });
  await page.evaluate("rastro.event('x'); rastro.consent({ads: false, analytics: false})");
  const kept = await page.evaluate(`localStorage.getItem('rastro.${server.domain}')`);
  expect(Object.keys(JSON.parse(String(kept)))).toEqual(['consent']);
  await page.waitForTimeout(QUIET_MS);
  expect(newestItems(server)).toHaveLength(1);
});

test('a refusal that waits in the array comes before the first page view', async () => {
  server.head = "<script>window.rastro=[['event','early'],['consent',{ads:false,analytics:false}]]</script>";
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForTimeout(QUIET_MS);
  expect(server.batches).toEqual([]);
});

test('ads refused, analytics allowed: measured, told so, and the ad cookies stay', async () => {
  server.attributes = 'data-consent="ask"';
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  await page.evaluate(
    "document.cookie='_fbp=fb.1.1.1';document.cookie='_ga=GA1.1.1.2';rastro.consent({analytics: true})",
  );
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item).toMatchObject({ consent: { ads: 'denied', analytics: 'granted' } });
  expect(view?.item.cookies).toEqual({ _ga: 'GA1.1.1.2' });
});

test('Google’s consent mode: a default of no waits, an update of yes releases, and a later no stops', async () => {
  server.head = `<script>${GTAG};gtag('consent','default',${DENIED});gtag('js',new Date())</script>`;
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForTimeout(QUIET_MS);
  expect(server.batches).toEqual([]);
  expect(await readDevice(page)).toEqual([]);
  await page.evaluate(
    "gtag('consent','update',{ad_storage:'granted',ad_user_data:'granted',analytics_storage:'granted'})",
  );
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item.consent).toEqual({ ads: 'granted', analytics: 'granted' });
  await page.evaluate(`gtag('consent','update',${DENIED}); rastro.event('after')`);
  await page.waitForTimeout(QUIET_MS);
  expect(newestItems(server)).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('Google’s consent mode: consent to storage without consent to personal data is no consent to ads', async () => {
  server.head = `<script>${GTAG};gtag('consent','default',{ad_storage:'granted',ad_user_data:'denied',analytics_storage:'granted'})</script>`;
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item.consent).toEqual({ ads: 'denied', analytics: 'granted' });
});

test('the person’s own choice stands above Google’s default on the next page', async () => {
  server.head = `<script>${GTAG};gtag('consent','default',${DENIED})</script>`;
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.consent');
  await page.evaluate('rastro.consent({ads: true, analytics: true})');
  await waitForItems(server, 'page_view', 1);
  await page.goto(`${server.site}/product.html`);
  await waitForItems(server, 'page_view', 2);
});

test('a browser that says "do not sell" is a no to ads, also where the site says yes', async () => {
  server.attributes = 'data-consent="granted"';
  const { page } = await openVisitor(browser);
  await page.addInitScript("Object.defineProperty(navigator,'globalPrivacyControl',{value:true})");
  await page.goto(server.site);
  const [view] = await waitForItems(server, 'page_view', 1);
  expect(view?.item.consent).toEqual({ ads: 'denied', analytics: 'granted' });
  expect(view?.item.cookies).toEqual({});
});
