import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type PushinPaySimulator, startPushinPay } from '../../src/simulators/pushinpay.ts';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';
import { chargeOf, closeOpen, press } from '../gateway-suite/payment-steps.ts';
import { follow, paidOnce, read, traces } from '../gateway-suite/payment-traces.ts';

const MINUTE = 60_000;

let bench: PaymentBench;
let psp: PushinPaySimulator;

beforeAll(async () => {
  psp = await startPushinPay({ token: 'tok', webhookToken: 'hook' });
  bench = await openPaymentBench({
    gateway: 'pushinpay',
    credentials: { token: 'tok', webhook_token: 'hook' },
    baseUrl: psp.url,
  });
});
afterAll(async () => {
  await bench.close();
  await psp.close();
});
beforeEach(() => closeOpen(bench));

test('a charge carries everything known of the click and of the person', async () => {
  const { paymentId, chargeId } = await chargeOf(bench);
  const { click } = bench;
  expect(await read(bench, paymentId)).toMatchObject({
    status: 'pending',
    amount: '19.90',
    currency: 'BRL',
    customer_user_id: '5551234',
    tracking_token: click.trackingToken,
    pool_id: click.poolId,
    fbclid: 'IwAR0abc',
    fbp: 'fb.1.1700000000000.1234567890',
    fbc: click.fbc,
    pageview_event_id: `evt_${click.trackingToken}`,
    utm_source: 'fb',
    utm_campaign: 'launch',
    gateway_charge_id: chargeId,
  });
  expect(psp.charges.get(chargeId)).toMatchObject({
    value: 1990,
    webhookUrl: `${bench.publicUrl}/webhooks/payments/pushinpay/${bench.account.accountId}?payment=${paymentId}`,
  });
  expect(await traces(bench, paymentId)).toEqual({
    moves: ['pending'],
    messages: [],
    conversions: [`checkout_${paymentId}`],
  });
});

test('one press told five times at once, and a second press, give one charge', async () => {
  const before = psp.counts.create;
  const answers = await Promise.all(Array.from({ length: 5 }, () => press(bench, 'the same press')));
  const later = await press(bench);
  expect(psp.counts.create - before).toBe(1);
  const created = [...answers, later].filter((answer) => answer.kind === 'created');
  expect(new Set(created.map((answer) => answer.charge.paymentId)).size).toBe(1);
  expect(created.length).toBe(6);
});

test.each([
  [
    'HTTP 200 with an error',
    { kind: 'answer', status: 200, body: '{"error":"conta bloqueada"}' },
    'conta bloqueada',
  ],
  ['a refusal', { kind: 'answer', status: 422, body: '{"message":"Valor inválido"}' }, 'Valor inválido'],
  [
    'refused credentials',
    { kind: 'answer', status: 401, body: '{"message":"Unauthenticated."}' },
    'credentials: Unauthenticated',
  ],
  ['truncated JSON', { kind: 'truncated' }, 'not a charge'],
  ['an endless body', { kind: 'endless' }, 'did not answer (too_large'],
  ['a server error', { kind: 'answer', status: 502, body: '<html>' }, 'HTTP 502'],
] as const)(
  '%s fails the payment in words, is not asked for twice, and shows no code',
  async (_name, fault, words) => {
    const before = psp.counts.create;
    psp.script(fault);
    expect(await press(bench, `faulty ${words}`)).toEqual({ kind: 'failed' });
    expect(await press(bench, `faulty ${words}`)).toEqual({ kind: 'failed' });
    expect(psp.counts.create - before).toBe(1);
    const row = await bench.database.db
      .selectFrom('payments')
      .selectAll()
      .where('request_key', '=', `faulty ${words}`)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ status: 'failed', copy_paste: null, gateway_charge_id: null });
    expect(row.failure).toContain(words);
  },
);

test('a rate limit is waited for, because surely no charge was made', async () => {
  const before = psp.counts.create;
  psp.script({
    kind: 'answer',
    status: 429,
    body: '{"message":"Too Many Attempts."}',
    headers: { 'retry-after': '0' },
  });
  expect((await press(bench)).kind).toBe('created');
  expect(psp.counts.create - before).toBe(2);
});

test('an answer lost on the way fails after 10 s; the lost charge, even if paid, delivers nothing', async () => {
  psp.script({ kind: 'lost' });
  expect(await press(bench, 'lost')).toEqual({ kind: 'failed' });
  const lost = [...psp.charges.values()].at(-1);
  psp.set(lost?.id ?? '', 'paid');
  expect(await psp.tell(lost?.id ?? '')).toEqual([200]);
  await follow(bench);
  const row = await bench.database.db
    .selectFrom('gateway_webhooks')
    .select(['state', 'outcome'])
    .orderBy('webhook_id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ state: 'ignored', outcome: expect.stringContaining('nobody was shown its code') });
});

test('a charge broken off by a crash is given up when its lease has run out', async () => {
  const { paymentId } = await chargeOf(bench);
  await bench.database.db
    .updateTable('payments')
    .set({
      gateway_charge_id: null,
      copy_paste: null,
      request_key: 'crashed',
      next_check_at: new Date(bench.clock.now() + MINUTE),
    })
    .where('id', '=', paymentId)
    .execute();
  bench.clock.move(MINUTE / 2);
  expect(await press(bench, 'crashed')).toEqual({ kind: 'failed' });
  expect((await read(bench, paymentId)).status).toBe('pending');
  bench.clock.move(MINUTE + 1_000);
  await bench.room.runDueChecks();
  expect(await read(bench, paymentId)).toMatchObject({ status: 'failed', next_check_at: null });
});

test('without any webhook the polling finds the money, at the gateway’s pace', async () => {
  const { paymentId, chargeId } = await chargeOf(bench);
  psp.set(chargeId, 'paid');
  await bench.room.runDueChecks();
  expect((await read(bench, paymentId)).status).toBe('pending');
  bench.clock.move(MINUTE + 1_000);
  await bench.room.runDueChecks();
  expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
  const { checks, paid_at: paidAt } = await read(bench, paymentId);
  expect(checks).toBe(1);
  const purchase = await bench.database.db
    .selectFrom('conversions')
    .selectAll()
    .where('event_id', '=', `purchase_${paymentId}`)
    .executeTakeFirstOrThrow();
  expect(purchase).toMatchObject({
    value: '19.90',
    currency: 'BRL',
    consent: 'granted',
    occurred_at: paidAt,
  });
  expect(purchase.hold_until.getTime() - (paidAt?.getTime() ?? 0)).toBe(5 * MINUTE);
});

test('past its expiry an unpaid charge expires, is asked for hourly for a day, and then no more', async () => {
  const { paymentId } = await chargeOf(bench);
  bench.clock.move(31 * MINUTE);
  await bench.room.runDueChecks();
  const expired = await read(bench, paymentId);
  expect(expired.status).toBe('expired');
  expect((expired.next_check_at?.getTime() ?? 0) - bench.clock.now()).toBeGreaterThan(55 * MINUTE);
  for (let hour = 0; hour < 25; hour += 1) {
    bench.clock.move(61 * MINUTE);
    await bench.room.runDueChecks();
  }
  expect(await read(bench, paymentId)).toMatchObject({ status: 'expired', next_check_at: null });
});

test('a gateway that does not answer changes nothing, and its webhook is followed again', async () => {
  const { paymentId, chargeId } = await chargeOf(bench);
  psp.set(chargeId, 'paid');
  await psp.tell(chargeId);
  psp.script({ kind: 'answer', status: 503, body: '' });
  await bench.room.runDueWebhooks();
  expect((await read(bench, paymentId)).status).toBe('pending');
  bench.clock.move(5_000);
  await bench.room.runDueWebhooks();
  expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
});

test('a product cheaper than the gateway takes is refused before it is asked', async () => {
  const before = psp.counts.create;
  const cheap = await openPaymentBench({
    gateway: 'pushinpay',
    credentials: { token: 'tok', webhook_token: 'hook' },
    baseUrl: psp.url,
    priceCents: 49,
  });
  expect(await press(cheap, 'cheap')).toEqual({ kind: 'failed' });
  expect(psp.counts.create).toBe(before);
  await cheap.close();
});

test('a payment of a real gateway cannot be simulated', async () => {
  const { paymentId } = await chargeOf(bench);
  const response = await fetch(`${bench.publicUrl}/api/v1/payments/${paymentId}/simulate`, {
    method: 'POST',
  });
  expect(response.status).toBe(409);
});
