import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readBrCode } from '../../src/domain/br-code.ts';
import { buildId } from '../../src/domain/ids.ts';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';
import { chargeOf, closeOpen, get, press, simulate } from '../gateway-suite/payment-steps.ts';
import { follow, paidOnce, read, traces } from '../gateway-suite/payment-traces.ts';

/** A list or a payment, as the API answers it. */
interface ApiBody {
  readonly data: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

const readBody = async (response: Response): Promise<ApiBody> => (await response.json()) as ApiBody;

let bench: PaymentBench;

beforeAll(async () => {
  bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
});
afterAll(() => bench.close());
beforeEach(() => closeOpen(bench));

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
  expect((await simulate(bench, paymentId, { event: 'refunded' })).status).toBe(409);
  const first = await simulate(bench, paymentId);
  expect(first.status).toBe(200);
  expect(await first.json()).toMatchObject({
    id: paymentId,
    status: 'paid',
    amount: '19.90',
    meta_event_id: `purchase_${paymentId}`,
  });
  const again = await Promise.all([
    simulate(bench, paymentId, { event: 'paid' }),
    simulate(bench, paymentId, { event: 'paid' }),
  ]);
  expect(again.map((response) => response.status)).toEqual([200, 200]);
  await follow(bench);
  expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
  expect((await simulate(bench, paymentId, { event: 'expired' })).status).toBe(409);
  expect((await simulate(bench, paymentId, { event: 'refunded' })).status).toBe(200);
  expect((await simulate(bench, paymentId, { event: 'refunded' })).status).toBe(200);
  expect((await simulate(bench, paymentId, { event: 'stolen' })).status).toBe(422);
  expect((await simulate(bench, buildId())).status).toBe(404);
  expect((await read(bench, paymentId)).status).toBe('refunded');
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
  expect((await simulate(bench, paymentId)).status).toBe(403);
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
  await simulate(bench, paymentId);
  const message = await bench.openMessage(`delivery:${paymentId}`);
  expect(message).toContain(`${bench.publicUrl}/delivery/${token}`);
  expect(message).toContain('SANDBOX');
});
