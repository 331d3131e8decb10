import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { openSiteServer, type SiteServer } from '../fixtures/site/site-server.ts';
import { openVisitor } from '../fixtures/site/site-visitor.ts';
import { ask, askFirst } from '../journeys/sales-world.ts';
import { openChromium } from '../support/chromium.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

let browser: Browser;
let site: SiteServer;
let server: TestServer;

beforeAll(async () => {
  [browser, site, server] = await Promise.all([openChromium(), openSiteServer(), startTestServer()]);
  const domain = await ask(server, 'POST', '/domains', { domain_name: 'Loja', domain_url: site.site });
  Object.assign(site, { domain: domain.domain_id, collector: server.url });
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

test('an ad’s click, two pages and a form: the server’s tables hold the visit as it was', async () => {
  const { page, errors } = await openVisitor(browser);
  await page.goto(`${site.site}/?utm_source=google&utm_campaign=inverno&gclid=Cj0KCQ_1&utm_term={keyword}`);
  await page.evaluate("document.cookie='_fbp=fb.1.1700000000000.123456'");
  await page.click('#buy');
  await page.waitForTimeout(2100);
  await page.click('#contact');
  for (const [name, answer] of [
    ['nome', 'Ana'],
    ['contato', 'ana@padaria.example'],
    ['whatsapp', '(11) 98765-4321'],
  ] as const)
    await page.fill(`#lead [name=${name}]`, answer);
  await page.click('#lead button');
  await page.waitForURL('**/thanks.html**');
  await page.goto('about:blank');
  const lead = await waitFor('the joined lead', async () => {
    const found = await askFirst(server, '/leads?email=ana%40padaria.example');
    return found?.utm_tracking_id ? found : undefined;
  });
  const visit = await waitFor('the whole visit', async () => {
    const found = await readVisit(String(lead.session_id));
    const [first, , last] = found.views;
    // What was posted when a page was left may come after what the next page posts.
    const isWhole = last?.exit_page === true && (first?.time_on_page ?? 0) >= 2 && found.events.length > 0;
    return isWhole ? found : undefined;
  });
  expect(visit.sessions).toMatchObject([{ total_page_views: 3, total_events: 1, converted: true }]);
  expect(visit.touches).toMatchObject([
    {
      utm_source: 'google',
      utm_campaign: 'inverno',
      gclid: 'Cj0KCQ_1',
      utm_term: null,
      fbp: 'fb.1.1700000000000.123456',
    },
  ]);
  expect(visit.views.map((view) => new URL(view.page_url ?? '').pathname)).toEqual([
    '/',
    '/contact.html',
    '/thanks.html',
  ]);
  expect(visit.views[0]?.time_on_page).toBeGreaterThanOrEqual(2);
  expect(visit.views.map((view) => view.exit_page)).toEqual([false, false, true]);
  expect(visit.events).toMatchObject([
    { event_type: 'add_to_cart', event_label: 'tenis-42', event_value: '349.9', element_id: 'buy' },
  ]);
  expect(lead).toMatchObject({ name: 'Ana', phone: '+5511987654321', form_location: 'rodape' });
  expect(errors).toEqual([]);
});

test('the real script is served with what a browser on another site needs', async () => {
  const named = await fetch(`${server.url}/r.js`);
  expect([named.status, named.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  const hash = named.headers.get('etag')?.slice(1, -1);
  const fixed = await fetch(`${server.url}/r.${hash}.js`);
  expect(fixed.headers.get('cache-control')).toContain('immutable');
  expect(await fixed.text()).toBe(await named.text());
});

/** What the tables hold of a session, as a SQL user sees it: all of it as of one moment, because folding goes on beside. */
async function readVisit(sessionId: string) {
  const handle = await openDatabase(server.database.options);
  const of = ['session_id', '=', sessionId] as const;
  try {
    return await handle.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => ({
        sessions: await tx
          .selectFrom('sessions')
          .selectAll()
          .where(...of)
          .execute(),
        touches: await tx
          .selectFrom('utm_tracking')
          .selectAll()
          .where(...of)
          .execute(),
        events: await tx
          .selectFrom('events')
          .selectAll()
          .where(...of)
          .execute(),
        views: await tx
          .selectFrom('page_views')
          .selectAll()
          .where(...of)
          .orderBy('view_order')
          .execute(),
      }));
  } finally {
    await handle.close();
  }
}
