import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runDueProfiles } from '../../src/profiles/due-profiles.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';
import { chargeOf, closeOpen, get, simulate } from '../gateway-suite/payment-steps.ts';
import { read } from '../gateway-suite/payment-traces.ts';

const HOUR = 3_600_000;

let bench: PaymentBench;

beforeAll(async () => {
  bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
});
afterAll(() => bench.close());
beforeEach(() => closeOpen(bench));

test('the delivery page: unknown, pending, paid, refunded', async () => {
  const { paymentId, chargeId, token } = await chargeOf(bench);
  for (const garbage of ['x', 'a'.repeat(43), '%00', '..%2f..%2f', 'ç'.repeat(43)]) {
    expect((await get(bench, `/delivery/${encodeURIComponent(garbage)}`)).status).toBe(404);
  }
  const pending = await get(bench, `/delivery/${token}`);
  const pendingHtml = await pending.text();
  expect(pending.status).toBe(200);
  expect(pendingHtml).toContain('Payment pending');
  expect(pendingHtml).toContain('http-equiv="refresh"');
  expect(pendingHtml).not.toContain('fbq');
  // The bank knows, and nobody has told us.
  await bench.database.db
    .updateTable('sandbox_charges')
    .set({ status: 'paid' })
    .where('charge_id', '=', chargeId)
    .execute();
  const paid = await get(bench, `/delivery/${token}`);
  const html = await paid.text();
  expect(html).toContain(
    `fbq('track','Purchase',{value:19.90,currency:'BRL'},{eventID:'purchase_${paymentId}'})`,
  );
  expect(html).toContain(`fbq('init','123456789012345')`);
  expect(html).toContain('Curso &amp; &lt;Segredos&gt;');
  expect(html).toContain('href="https://shop.example/access?id=1&amp;x=%3Cy%3E"');
  expect(html).toContain('SANDBOX');
  const nonce = /script nonce="([^"]+)"/.exec(html)?.[1] ?? '';
  expect(paid.headers.get('content-security-policy')).toContain(
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
  );
  await simulate(bench, paymentId, { event: 'refunded' });
  const refunded = await (await get(bench, `/delivery/${token}`, { 'accept-language': 'pt-BR' })).text();
  expect(refunded).toContain('Pagamento devolvido');
  expect(refunded).not.toContain('fbq');
  expect(refunded).not.toContain('shop.example/access');
});

test('the first opening by a person lets the Purchase go, once; previews do not count', async () => {
  const { paymentId, token } = await chargeOf(bench);
  await simulate(bench, paymentId);
  const hold = () =>
    bench.database.db
      .selectFrom('conversions')
      .select(['hold_until', 'hold_reason'])
      .where('event_id', '=', `purchase_${paymentId}`)
      .executeTakeFirstOrThrow();
  const preview = await get(bench, `/delivery/${token}`, { 'user-agent': 'TelegramBot (like TwitterBot)' });
  expect(await preview.text()).not.toContain('fbq');
  await get(bench, `/delivery/${token}`, { 'sec-purpose': 'prefetch;prerender' });
  await fetch(`${bench.publicUrl}/delivery/${token}`, { method: 'HEAD' });
  expect((await hold()).hold_reason).not.toBeNull();
  await get(bench, `/delivery/${token}`);
  const opened = await hold();
  expect(opened.hold_reason).toBeNull();
  expect(opened.hold_until.getTime()).toBeLessThanOrEqual(bench.clock.now());
  const first = (await read(bench, paymentId)).delivery_opened_at;
  for (let reload = 0; reload < 5; reload += 1) await get(bench, `/delivery/${token}`);
  expect((await read(bench, paymentId)).delivery_opened_at).toEqual(first);
  expect(await hold()).toEqual(opened);
});

test('no pixel for a suspicious buyer where such people are kept out', async () => {
  const { db } = bench.database;
  const { paymentId, token } = await chargeOf(bench);
  await simulate(bench, paymentId);
  const hasPixel = async () => (await (await get(bench, `/delivery/${token}`)).text()).includes('fbq');
  const { workspace_id: workspaceId, bot_user_id: botUserId } = await read(bench, paymentId);
  await db.updateTable('bot_users').set({ is_bot_detected: true }).where('id', '=', botUserId).execute();
  while ((await runDueProfiles(db)) > 0);
  expect(await hasPixel()).toBe(true);
  await updateWorkspace(db, workspaceId, { keep_suspicious_out: true });
  expect(await hasPixel()).toBe(false);
  await updateWorkspace(db, workspaceId, { keep_suspicious_out: false });
  expect(await hasPixel()).toBe(true);
});

test('no pixel without consent, without the pool’s switch, or two days after the payment', async () => {
  const { paymentId, token } = await chargeOf(bench);
  await simulate(bench, paymentId);
  const hasPixel = async () => (await (await get(bench, `/delivery/${token}`)).text()).includes('fbq');
  expect(await hasPixel()).toBe(true);
  const { meta } = bench.pool;
  bench.pool.meta = meta && { ...meta, sendPurchase: false };
  expect(await hasPixel()).toBe(false);
  bench.pool.meta = null;
  expect(await hasPixel()).toBe(false);
  bench.pool.meta = meta;
  Object.assign(bench.click, { consent: 'denied' });
  expect(await hasPixel()).toBe(false);
  Object.assign(bench.click, { consent: 'granted' });
  expect(await hasPixel()).toBe(true);
  bench.clock.move(48 * HOUR);
  expect(await hasPixel()).toBe(false);
});
