import type { Browser, Page } from 'playwright-core';
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

const eventTypes = () =>
  newestItems(server)
    .filter(({ item }) => item.type === 'event')
    .map(({ item }) => item.event_type);

/** Fills the contact form as a person does. */
async function fillContact(page: Page): Promise<void> {
  const answers = {
    nome: 'Ana',
    sobrenome: 'Souza',
    contato: 'ana@example.com',
    whatsapp: '(11) 98765-4321',
    nome_da_empresa: 'Loja Azul',
    cpf: '123.456.789-09',
    tamanho: '38',
    mensagem: 'Quero um orçamento',
  };
  for (const [name, answer] of Object.entries(answers)) await page.fill(`#lead [name=${name}]`, answer);
  await page.check('#lead [value=preto]');
}

test('clicks: marked elements with their words, links that lead out without their query, nothing else', async () => {
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  await page.click('#plain');
  await page.click('#buy span');
  await page.click('#outside', { modifiers: ['Control'] });
  const [bought] = await waitForItems(server, 'add_to_cart', 1);
  expect(bought?.item).toMatchObject({
    event_category: 'loja',
    event_action: 'click',
    event_label: 'tenis-42',
    event_value: 349.9,
    element_id: 'buy',
    element_class: 'button big',
    page_url: `${server.site}/`,
  });
  const [out] = await waitForItems(server, 'outbound_link', 1);
  expect(out?.item).toMatchObject({ event_label: 'https://wa.me/5511987654321', element_id: 'outside' });
  expect(eventTypes()).toEqual(['add_to_cart', 'outbound_link']);
  expect(errors).toEqual([]);
});

test('a click that leads away at once is told all the same', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.click('#outside');
  await page.waitForURL('https://wa.me/**');
  await waitForItems(server, 'outbound_link', 1);
});

test('scrolling: each quarter once, and again on the next page of an app', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.evaluate('scrollTo(0, document.body.scrollHeight / 2)');
  await expect.poll(() => eventTypes().length).toBe(2);
  await page.evaluate('scrollTo(0, 0)');
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  await waitForItems(server, 'scroll', 4);
  await page.evaluate("history.pushState({}, '', '/outra'); scrollTo(0, 500)");
  const marks = (await waitForItems(server, 'scroll', 5)).map(({ item }) => item.event_value);
  expect(marks).toEqual([25, 50, 75, 100, 25]);
});

test('a video’s first play is told once', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  // Two frames of a canvas are a real video without a file.
  await page.evaluate(
    "(async () => { const c = document.createElement('canvas'); c.getContext('2d').fillRect(0, 0, 9, 9); const v = document.querySelector('video'); v.srcObject = c.captureStream(5); await v.play(); v.pause(); await v.play(); })()",
  );
  const [play] = await waitForItems(server, 'video_play', 1);
  expect(play?.item).toMatchObject({ event_label: 'Demonstração', element_id: 'clip' });
});

test('a marked form becomes one lead, in our field names, and passwords, hidden and unknown fields stay', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(`${server.site}/contact.html?gclid=G1`);
  await page.evaluate("document.cookie='_fbp=fb.1.1700000000000.9'");
  await fillContact(page);
  // Pressed twice; the page stays, as pages do that post by themselves.
  await page.evaluate(
    "document.querySelector('#lead').addEventListener('submit', (e) => e.preventDefault())",
  );
  await page.click('#lead button');
  await page.click('#lead button');
  await page.click('#search button');
  await page.waitForURL('**/thanks.html**');
  const [lead] = await waitForItems(server, 'lead', 1);
  const [view] = await waitForItems(server, 'page_view', 2);
  expect(lead?.session).toBe(view?.session);
  const at = Date.parse(String(lead?.item.occurred_at));
  expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  expect(lead?.item).toEqual({
    id: expect.stringMatching(UUID_V4),
    occurred_at: new Date(at).toISOString(),
    type: 'lead',
    page_url: `${server.site}/contact.html?gclid=G1`,
    name: 'Ana Souza',
    email: 'ana@example.com',
    phone: '(11) 98765-4321',
    company: 'Loja Azul',
    message: 'Quero um orçamento',
    form_location: 'rodape',
    extensions: { shoe_size: '38', color: 'preto' },
    cookies: { _fbp: 'fb.1.1700000000000.9' },
    consent: {},
  });
});

test('a form that leaves the page at once still sends its lead', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(`${server.site}/contact.html`);
  await fillContact(page);
  await page.click('#lead button');
  await page.waitForURL('**/thanks.html**');
  expect((await waitForItems(server, 'lead', 1))[0]?.item.email).toBe('ana@example.com');
});

test('the page’s own calls: an array before the script came, functions after; the lead’s id is the item’s', async () => {
  server.head =
    "<script>window.rastro = [['event', 'early', {value: '7', data: {a: 1}}], null, ['nothing'], ['lead', {nome: 'Bia', telefone: '11987654321', cargo: 'TI'}]]</script>";
  const { page, errors } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.event');
  await page.evaluate("rastro.event('late', {category: 'c', action: 'a', label: 'l', value: 1.5})");
  await page.evaluate("rastro.push(['event', 'pushed'])");
  const id = await page.evaluate("rastro.lead({email: 'b@example.com', external_id: 'crm-1'})");
  await page.evaluate('rastro.page()');
  const leads = await waitForItems(server, 'lead', 2);
  expect(leads[0]?.item).toMatchObject({ name: 'Bia', phone: '11987654321', extensions: { cargo: 'TI' } });
  expect(leads[1]?.item).toMatchObject({ id, email: 'b@example.com', external_id: 'crm-1' });
  expect((await waitForItems(server, 'early', 1))[0]?.item).toMatchObject({
    event_value: 7,
    event_data: { a: 1 },
  });
  await waitForItems(server, 'late', 1);
  await waitForItems(server, 'pushed', 1);
  await waitForItems(server, 'page_view', 2);
  expect(await page.evaluate("[rastro.variant('x'), rastro.lead(null), rastro.consent()]")).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(errors).toEqual([]);
});

test('variants: drawn once a person, the same on every page, told once a page, chosen by a style sheet', async () => {
  server.attributes = 'data-variants="oferta:frete,desconto;cor:azul"';
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('document.documentElement.dataset.rastroCor');
  const chosen = await page.getAttribute('html', 'data-rastro-oferta');
  expect(['frete', 'desconto']).toContain(chosen);
  expect(await page.locator(`[data-offer=${chosen}]`).isVisible()).toBe(true);
  expect(await page.locator('[data-offer]:visible').count()).toBe(1);
  for (let visit = 0; visit < 5; visit += 1) {
    await page.reload();
    await page.waitForFunction('document.documentElement.dataset.rastroCor');
    expect(await page.getAttribute('html', 'data-rastro-oferta')).toBe(chosen);
  }
  expect(await page.evaluate("rastro.variant('oferta', ['frete', 'desconto'])")).toBe(chosen);
  const told = (await waitForItems(server, 'experiment', 12)).map(({ item }) => item);
  expect(told.filter(({ event_action: test }) => test === 'oferta')).toHaveLength(6);
  expect(new Set(told.map(({ event_label: label }) => label))).toEqual(new Set([chosen, 'azul']));
});

test('every variant is drawn', async () => {
  const { page } = await openVisitor(browser);
  await page.goto(server.site);
  await page.waitForFunction('window.rastro?.variant');
  const drawn = await page.evaluate(
    "Array.from({length: 60}, (_, i) => rastro.variant('t' + i, ['a', 'b', 'c']))",
  );
  expect(new Set(drawn as string[])).toEqual(new Set(['a', 'b', 'c']));
});
