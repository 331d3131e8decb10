import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChromium } from '../support/chromium.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Newcomer, openNewcomer, PICTURES, readSeenEvents, type SeenEvent } from './try-walk.ts';

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  locale: 'pt-BR',
};
const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 900 }, locale: 'en-US' };
const OWNER = { ADMIN_EMAIL: 'dona@loja.example', ADMIN_PASSWORD: 'uma-senha-bem-segura' };

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([openChromium(), startTestServer({ env: OWNER })]);
  // The link is printed when the demonstration stands, which is a moment after the first click could be taken.
  await waitFor('the demonstration', async () => (await fetch(`${server.url}/try`)).ok);
  console.info(`pictures of the walk: ${PICTURES}`);
});

afterAll(() => browser?.close());

const newcomer = (name: string, options: BrowserContextOptions): Promise<Newcomer> =>
  openNewcomer(browser, { ...options, name, baseURL: server.url });

async function buy(person: Newcomer, chat: Page): Promise<Page> {
  await chat.waitForSelector('li.bot .key');
  await person.picture(chat, '3-welcome');
  await chat.click('li.bot .key >> nth=0');
  const picture = chat.locator('img.shot');
  await picture.waitFor();
  await expect
    .poll(() => picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth))
    .toBeGreaterThan(200);
  const copied = await chat.locator('[data-copy]').getAttribute('data-copy');
  expect(copied).toMatch(/^000201.*6304[0-9A-F]{4}$/);
  expect(await chat.locator('.words code').last().textContent()).toBe(copied);
  await person.picture(chat, '4-pix');
  const bank = await person.follow(chat, 'a[href*="/sandbox/charges/"]');
  await bank.click('form[action$="/paid"] button');
  await bank.waitForSelector('.mark.good');
  await bank.close();
  await chat.waitForSelector('a[href*="/delivery/"]');
  await person.picture(chat, '5-paid');
  return person.follow(chat, 'a[href*="/delivery/"]');
}

/** The four events of the walk, of which the browser tells two as well. */
function expectOnce(events: readonly SeenEvent[], once: string): void {
  expect(events.map((event) => event.name)).toEqual([
    'Purchase',
    'InitiateCheckout',
    'ViewContent',
    'PageView',
  ]);
  for (const event of events) {
    const isSeenByBrowser = event.name === 'Purchase' || event.name === 'PageView';
    expect(event.serverIds).toEqual([event.eventId]);
    expect(event.browserIds).toEqual(isSeenByBrowser ? [event.eventId] : []);
    expect(event.words).toContain(once);
    expect(event.words).not.toMatch(/Recebido|Received \d/);
  }
}

const HOPS = new Set([
  ...['click', 'cookies', 'start', 'charge', 'payment', 'delivery_page', 'conversion', 'delivery'],
]);

const readHops = (page: Page) =>
  page.locator('.trace > li').evaluateAll((hops) => hops.map((hop) => hop.getAttribute('data-kind') ?? ''));

describe.each([
  {
    name: 'phone',
    options: PHONE,
    ...{ word: 'Passo a passo', once: 'Conta uma vez', why: 'Um visitante clicou em um anúncio' },
  },
  {
    name: 'desktop',
    options: DESKTOP,
    ...{ word: 'Walk', once: 'Counted once', why: 'A visitor clicked an ad' },
  },
])('a newcomer on a $name', ({ name, options, word, once, why }) => {
  test('walks from the ad to what Meta received, in two minutes and without an account', async () => {
    const startedAt = Date.now();
    const person = await newcomer(name, options);
    const walk = await person.open('/try');
    expect(await walk.textContent('nav')).toContain(word);
    await person.picture(walk, '1-ad');
    const chat = await person.follow(walk, '#ad-link');
    await person.picture(chat, '2-bridge');
    const link = (await chat.getAttribute('#go', 'href')) ?? '';
    const token = /^\/try\/chat\/rastro_demo_bot\?start=([0-9a-f]{32})$/.exec(link)?.[1];
    await chat.click('#go');
    await chat.focus('#start');
    await chat.keyboard.press('Enter');
    const delivery = await buy(person, chat);
    await person.picture(delivery, '6-delivery');
    for (let reload = 0; reload < 3; reload += 1) await delivery.reload();
    await delivery.click('a.button');
    await delivery.waitForURL(/\/try\/product\//);
    await walk.waitForSelector('.finished');
    await expect.poll(() => walk.locator('.steps .done').count()).toBe(7);
    await person.picture(walk, '7-done');
    await walk.goto('/try/meta');
    await person.picture(walk, '8-meta');
    // The walk is over when the Purchase was sent; the page shows by itself what comes after that.
    const events = await waitFor('all four events, once', async () => {
      const seen = await readSeenEvents(walk);
      expectOnce(seen, once);
      return seen;
    });
    expect(events.at(-1)?.eventId).toBe(`evt_${token}`);
    // Meta's own builder adds a mark of its own to the cookies; the click and the browser in them stay the same.
    const core = (value: string) => value.split('.').slice(0, 4).join('.');
    expect(new Set(events.flatMap((event) => event.fbc.map(core))).size).toBe(1);
    expect(new Set(events.flatMap((event) => event.fbp.map(core))).size).toBe(1);
    await walk.click('nav a[href*="/try/trace/"]');
    await walk.waitForURL('**/try/trace/**');
    await waitFor('the whole trace', async () => {
      await walk.reload();
      expect(new Set(await readHops(walk))).toEqual(HOPS);
      expect(await walk.locator('.trace .loose').count()).toBe(0);
      return true;
    });
    await walk.locator('.trace details').evaluateAll((all) => {
      for (const one of all) one.setAttribute('open', '');
    });
    expect(await walk.textContent('.trace [data-kind=click] details')).toContain(why);
    await person.picture(walk, '9-trace');
    expect(person.complaints).toEqual([]);
    expect(Date.now() - startedAt).toBeLessThan(120_000);
    await person.context.close();
  });
});

test('without scripts the bridge leads to the chat, and the chat can be used', async () => {
  const person = await newcomer('plain', { ...PHONE, javaScriptEnabled: false });
  const walk = await person.open('/try');
  const page = await person.follow(walk, '#ad-link');
  expect(await page.getAttribute('#go', 'href')).toMatch(
    /^\/try\/chat\/rastro_demo_bot\?start=[0-9a-f]{32}$/,
  );
  await page.click('#go');
  await page.click('#start');
  await expect
    .poll(async () => {
      await page.reload();
      return page.locator('li.bot .key').count();
    })
    .toBe(2);
  await page.click('li.bot .key >> nth=1');
  await expect
    .poll(async () => {
      await page.reload();
      return page.locator('a[href*="/sandbox/charges/"]').count();
    })
    .toBe(1);
  expect(person.complaints).toEqual([]);
  await person.context.close();
});

test('one visitor sees nothing of another', async () => {
  const ana = await newcomer('ana', DESKTOP);
  const bia = await newcomer('bia', DESKTOP);
  const walk = await ana.open('/try');
  const chat = await ana.follow(walk, '#ad-link');
  await chat.click('#go');
  await chat.click('#start');
  await chat.waitForSelector('li.bot .key');
  const other = await bia.open('/try/chat/rastro_demo_bot');
  expect(await other.locator('.talk li').count()).toBe(0);
  await other.goto('/try/meta');
  expect(await other.locator('section[data-event]').count()).toBe(0);
  await Promise.all([ana.context.close(), bia.context.close()]);
});

test('the owner signs in by a plain form, is told of a wrong password, and signs out', async () => {
  const owner = await newcomer('owner', { ...PHONE, javaScriptEnabled: false });
  const page = await owner.open('/');
  await owner.picture(page, '1-sign-in');
  await page.fill('#email', OWNER.ADMIN_EMAIL);
  await page.fill('#password', 'not-the-password');
  await page.click('form button');
  await expect.poll(() => page.textContent('[role=alert]')).toBe('E-mail ou senha incorretos.');
  expect(await page.inputValue('#email')).toBe(OWNER.ADMIN_EMAIL);
  await page.fill('#password', OWNER.ADMIN_PASSWORD);
  await page.click('form button');
  expect(await page.textContent('.todo .open')).toContain('@BotFather');
  await owner.picture(page, '2-overview');
  await page.click('.lang');
  await expect.poll(() => page.textContent('h2')).toBe('Next steps');
  await page.click('text=Sign out');
  await expect.poll(() => page.locator('#password').count()).toBe(1);
  await owner.context.close();
});
