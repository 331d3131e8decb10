import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';
import { chargeOf } from '../gateway-suite/payment-steps.ts';
import { follow } from '../gateway-suite/payment-traces.ts';
import { openChromium } from '../support/chromium.ts';

/** Stands for Meta's script: sends each call that was queued to Meta's address, by picture as the real one does. */
const FAKE_PIXEL = `(function(q){function send(){var a=[].slice.call(arguments);new Image().src='https://www.facebook.com/tr?call='+encodeURIComponent(JSON.stringify(a))}
window.fbq.callMethod=send;q.forEach(function(a){send.apply(null,a)})})(window.fbq.queue)`;

let bench: PaymentBench;
let browser: Browser;

beforeAll(async () => {
  bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
  browser = await openChromium();
});
afterAll(async () => {
  await browser.close();
  await bench.close();
});

/** A browser of its own, in which Meta is played by the test; `calls` is what Meta got, `faults` what the page complained of. */
async function openDevice(options: { width: number; height: number; locale: string }) {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height },
    locale: options.locale,
  });
  const calls: unknown[] = [];
  const faults: string[] = [];
  await playMeta(context, calls);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  return { context, page, calls, faults };
}

async function playMeta(context: BrowserContext, calls: unknown[]): Promise<void> {
  await context.route('https://connect.facebook.net/**', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: FAKE_PIXEL }),
  );
  await context.route('https://www.facebook.com/**', (route) => {
    calls.push(JSON.parse(new URL(route.request().url()).searchParams.get('call') ?? 'null'));
    return route.fulfill({ contentType: 'image/gif', body: '' });
  });
}

async function newCharge() {
  const { paymentId, token, sandboxUrl } = await chargeOf(bench);
  return { paymentId, delivery: `${bench.publicUrl}/delivery/${token}`, sandbox: sandboxUrl };
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.TEST_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const PHONE = { width: 390, height: 844, locale: 'pt-BR' };
const DESKTOP = { width: 1280, height: 800, locale: 'en-US' };

test('from the pay button to the product: the browser tells Meta once a device, with the server’s event id', async () => {
  const { paymentId, delivery, sandbox } = await newCharge();
  const phone = await openDevice(PHONE);
  await phone.page.goto(delivery);
  expect(await phone.page.title()).toBe('Pagamento pendente');
  await shoot(phone.page, 'delivery-pending-phone');
  expect(phone.calls).toEqual([]);

  await phone.page.goto(sandbox);
  await shoot(phone.page, 'sandbox-phone');
  await phone.page.getByRole('button', { name: 'Pagar' }).click();
  await expect.poll(() => phone.page.locator('h1').textContent()).toBe('Cobrança paga');
  await shoot(phone.page, 'sandbox-paid-phone');
  await follow(bench);

  const purchase = [
    ['init', '123456789012345'],
    ['track', 'Purchase', { value: 19.9, currency: 'BRL' }, { eventID: `purchase_${paymentId}` }],
  ];
  await phone.page.goto(delivery, { waitUntil: 'networkidle' });
  await expect.poll(() => phone.calls).toEqual(purchase);
  for (let reload = 0; reload < 5; reload += 1) await phone.page.reload({ waitUntil: 'networkidle' });
  await shoot(phone.page, 'delivery-paid-phone');
  expect(phone.calls).toEqual(purchase);
  expect(await phone.page.getByRole('link', { name: 'Acessar agora' }).getAttribute('href')).toContain(
    'https://shop.example/access',
  );

  const desktop = await openDevice(DESKTOP);
  await desktop.page.goto(delivery, { waitUntil: 'networkidle' });
  await expect.poll(() => desktop.calls).toEqual(purchase);
  await shoot(desktop.page, 'delivery-paid-desktop');
  expect([...phone.faults, ...desktop.faults]).toEqual([]);
  await phone.context.close();
  await desktop.context.close();
});

test('an open page of an unpaid charge turns into the product by itself', async () => {
  const { delivery, sandbox } = await newCharge();
  const desktop = await openDevice(DESKTOP);
  await desktop.page.goto(delivery);
  await shoot(desktop.page, 'delivery-pending-desktop');
  await fetch(`${sandbox}/paid`, { method: 'POST', redirect: 'manual' });
  await desktop.page.getByRole('link', { name: 'Open it now' }).waitFor();
  await desktop.page.goto(sandbox);
  await desktop.page.getByRole('button', { name: 'Refund' }).click();
  await expect.poll(() => desktop.page.locator('h1').textContent()).toBe('Charge refunded');
  await follow(bench);
  await desktop.page.goto(delivery);
  expect(await desktop.page.title()).toBe('Payment refunded');
  await shoot(desktop.page, 'delivery-refunded-desktop');
  expect(desktop.faults).toEqual([]);
  await desktop.context.close();
});

test('a page that blocks Meta’s script still gives the product, and nothing breaks', async () => {
  const { delivery, sandbox } = await newCharge();
  await fetch(`${sandbox}/paid`, { method: 'POST', redirect: 'manual' });
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(delivery);
  expect(await page.getByRole('link', { name: 'Open it now' }).count()).toBe(1);
  await context.close();
});
