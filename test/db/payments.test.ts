import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readBrCode } from '../../src/domain/br-code.ts';
import { buildId } from '../../src/domain/ids.ts';
import { type PushinPaySimulator, startPushinPay } from '../../src/simulators/pushinpay.ts';
import { follow, paidOnce, read, traces } from '../gateway-suite/gateway-suite.ts';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';

const MINUTE = 60_000;
let presses = 0;

const press = (bench: PaymentBench, requestKey = `press ${++presses}`) =>
  bench.room.checkout.createCharge({
    botUserId: bench.botUserId,
    productId: bench.product.productId,
    requestKey,
  });

async function chargeOf(
  bench: PaymentBench,
): Promise<{ paymentId: string; chargeId: string; token: string }> {
  const answer = await press(bench);
  if (answer.kind !== 'created') throw new Error(`no charge: ${answer.kind}`);
  const row = await read(bench, answer.charge.paymentId);
  return { paymentId: row.id, chargeId: row.gateway_charge_id ?? '', token: row.delivery_token ?? '' };
}

const closeOpen = (bench: PaymentBench) =>
  bench.database.db
    .updateTable('payments')
    .set({ status: 'failed', next_check_at: null })
    .where('status', '=', 'pending')
    .execute();

const get = (bench: PaymentBench, path: string, headers: Record<string, string> = {}) =>
  fetch(`${bench.publicUrl}${path}`, { headers });

/** A list or a payment, as the API answers it. */
interface ApiBody {
  readonly data: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

const readBody = async (response: Response): Promise<ApiBody> => (await response.json()) as ApiBody;

describe('with PushinPay', () => {
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
  }, 30_000);

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
});

describe('with the sandbox', () => {
  let bench: PaymentBench;

  beforeAll(async () => {
    bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
  });
  afterAll(() => bench.close());
  beforeEach(() => closeOpen(bench));

  const simulate = (paymentId: string, body?: unknown) =>
    fetch(`${bench.publicUrl}/api/v1/payments/${paymentId}/simulate`, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });

  test('its code is a valid PIX code of the amount, and its page lets the test pay', async () => {
    const answer = await press(bench);
    if (answer.kind !== 'created') throw new Error(answer.kind);
    const { copyPaste, sandboxUrl, paymentId } = answer.charge;
    expect(readBrCode(copyPaste)).toMatchObject({
      kind: 'valid',
      code: { amountCents: 1990, merchantName: 'RASTRO SANDBOX' },
    });
    const path = new URL(sandboxUrl ?? '').pathname;
    const page = await get(bench, path, { 'accept-language': 'pt-BR' });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain('SANDBOX: cobrança de teste');
    expect(html).toContain('data:image/png;base64,');
    const paid = await fetch(`${bench.publicUrl}${path}/paid`, { method: 'POST', redirect: 'manual' });
    expect([paid.status, paid.headers.get('location')]).toEqual([303, path]);
    await follow(bench);
    expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
    expect(await (await get(bench, path)).text()).toContain('Charge paid');
  });

  test('its buttons are for its own page only, and an unknown charge is a 404 page', async () => {
    const { chargeId, paymentId } = await chargeOf(bench);
    const foreign = await fetch(`${bench.publicUrl}/sandbox/charges/${chargeId}/paid`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(foreign.status).toBe(403);
    await follow(bench);
    expect((await read(bench, paymentId)).status).toBe('pending');
    expect((await get(bench, '/sandbox/charges/sbx_nothing')).status).toBe(404);
  });

  test('simulate pays, refunds, repeats without a change, and refuses what cannot follow', async () => {
    const { paymentId } = await chargeOf(bench);
    expect((await simulate(paymentId, { event: 'refunded' })).status).toBe(409);
    const first = await simulate(paymentId);
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({
      id: paymentId,
      status: 'paid',
      amount: '19.90',
      meta_event_id: `purchase_${paymentId}`,
    });
    const again = await Promise.all([
      simulate(paymentId, { event: 'paid' }),
      simulate(paymentId, { event: 'paid' }),
    ]);
    expect(again.map((response) => response.status)).toEqual([200, 200]);
    await follow(bench);
    expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
    expect((await simulate(paymentId, { event: 'expired' })).status).toBe(409);
    expect((await simulate(paymentId, { event: 'refunded' })).status).toBe(200);
    expect((await simulate(paymentId, { event: 'refunded' })).status).toBe(200);
    expect((await simulate(paymentId, { event: 'stolen' })).status).toBe(422);
    expect((await simulate(buildId())).status).toBe(404);
    expect((await read(bench, paymentId)).status).toBe('refunded');
  });

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
    await simulate(paymentId, { event: 'refunded' });
    const refunded = await (await get(bench, `/delivery/${token}`, { 'accept-language': 'pt-BR' })).text();
    expect(refunded).toContain('Pagamento devolvido');
    expect(refunded).not.toContain('fbq');
    expect(refunded).not.toContain('shop.example/access');
  });

  test('the first opening by a person lets the Purchase go, once; previews do not count', async () => {
    const { paymentId, token } = await chargeOf(bench);
    await simulate(paymentId);
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

  test('no pixel without consent, without the pool’s switch, or two days after the payment', async () => {
    const { paymentId, token } = await chargeOf(bench);
    await simulate(paymentId);
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
    bench.clock.move(48 * 60 * MINUTE);
    expect(await hasPixel()).toBe(false);
  });

  test('the API lists with filters and pages, hides the delivery token from other keys, and other workspaces', async () => {
    const { paymentId, token } = await chargeOf(bench);
    const json = async (path: string) => readBody(await get(bench, `/api/v1/payments${path}`));
    const own = await json(`/${paymentId}`);
    expect(own).toMatchObject({
      id: paymentId,
      delivery_token: token,
      customer_user_id: '5551234',
      status: 'pending',
    });
    expect(own).not.toHaveProperty('chat_id');
    bench.actor.scope = 'read';
    expect(await json(`/${paymentId}`)).not.toHaveProperty('delivery_token');
    expect((await simulate(paymentId)).status).toBe(403);
    bench.actor.scope = 'admin';
    const pending = await json(`?status=pending&customer_user_id=5551234&bot_id=${bench.product.botId}`);
    expect(pending.data.map((row) => row.id)).toEqual([paymentId]);
    const firstPage = await json('?limit=1');
    const secondPage = await json(`?limit=1&cursor=${firstPage.next_cursor}`);
    expect((firstPage.data[0]?.id ?? '') > (secondPage.data[0]?.id ?? 'z')).toBe(true);
    expect((await json('?customer_user_id=1')).data).toEqual([]);
    expect((await json('?bot_id=nonsense')).data).toEqual([]);
    expect((await get(bench, '/api/v1/payments?from=yesterday')).status).toBe(422);
    const { workspaceId } = bench.actor;
    bench.actor.workspaceId = buildId();
    expect((await get(bench, `/api/v1/payments/${paymentId}`)).status).toBe(404);
    expect((await json('')).data).toEqual([]);
    bench.actor.workspaceId = workspaceId;
  });

  test('the button answers for the person’s own payment only', async () => {
    const { paymentId, chargeId } = await chargeOf(bench);
    const { checkout } = bench.room;
    expect(await checkout.checkPayment(paymentId, bench.botUserId)).toBe('pending');
    expect(await checkout.checkPayment(paymentId, buildId())).toBeNull();
    expect(await checkout.checkPayment('nonsense', bench.botUserId)).toBeNull();
    await bench.room.sandbox.play(chargeId, 'paid');
    expect(await checkout.checkPayment(paymentId, bench.botUserId)).toBe('paid');
  });

  test('the delivery message holds the link and is marked as a test', async () => {
    const { paymentId, token } = await chargeOf(bench);
    await simulate(paymentId);
    const message = await bench.openMessage(`delivery:${paymentId}`);
    expect(message).toContain(`${bench.publicUrl}/delivery/${token}`);
    expect(message).toContain('SANDBOX');
  });
});
