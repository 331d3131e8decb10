import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChargeOrder } from '../../src/gateways/gateway.ts';
import { findGateway } from '../../src/gateways/registry.ts';
import type { PaymentBench } from './payment-bench.ts';

/** How a test plays the vendor of one gateway. */
export interface GatewayStage {
  readonly bench: PaymentBench;
  /** Changes a charge at the vendor, without telling us. */
  set(chargeId: string, change: { status?: 'paid' | 'expired' | 'refunded'; cents?: number }): Promise<void>;
  /** The vendor's webhook about a charge, over HTTP; its answers' status codes. */
  tell(chargeId: string, manner?: { times?: number; forged?: boolean }): Promise<number[]>;
  /** A verified webhook that is about no charge. */
  tellOther(): Promise<number>;
  close(): Promise<void>;
}

/** What every gateway must do; runs once a gateway, on the real room, database and HTTP surface. */
export function describeGateway(id: string, openStage: () => Promise<GatewayStage>): void {
  describe(`gateway ${id}`, () => {
    let stage: GatewayStage;
    beforeAll(async () => {
      stage = await openStage();
    });
    afterAll(() => stage.close());

    describeWebhooks(() => stage);
    describeStates(() => stage);
    describeReading(id);
  });
}

let presses = 0;

/** A person presses the button: a fresh charge. */
export async function charge({ bench }: GatewayStage): Promise<{ paymentId: string; chargeId: string }> {
  presses += 1;
  // Distinct products would be needed for distinct charges, so the open ones are closed first.
  await bench.database.db
    .updateTable('payments')
    .set({ status: 'failed' })
    .where('status', '=', 'pending')
    .execute();
  const answer = await bench.room.checkout.createCharge({
    botUserId: bench.botUserId,
    productId: bench.product.productId,
    requestKey: `press ${presses}`,
  });
  if (answer.kind !== 'created') throw new Error(`no charge: ${answer.kind}`);
  const row = await read(bench, answer.charge.paymentId);
  return { paymentId: row.id, chargeId: row.gateway_charge_id ?? '' };
}

/** The payment's row. */
export const read = (bench: PaymentBench, paymentId: string) =>
  bench.database.db.selectFrom('payments').selectAll().where('id', '=', paymentId).executeTakeFirstOrThrow();

/** What followed from a payment: its moves, its messages and its conversions. */
export async function traces(bench: PaymentBench, paymentId: string) {
  const { db } = bench.database;
  const moves = await db
    .selectFrom('payment_events')
    .select('to_status')
    .where('payment_id', '=', paymentId)
    .where('to_status', 'is not', null)
    .orderBy('at')
    .orderBy('event_id')
    .execute();
  const messages = await db
    .selectFrom('bot_messages')
    .select('dedupe_key')
    .where('dedupe_key', 'like', `%:${paymentId}`)
    .orderBy('dedupe_key')
    .execute();
  const conversions = await db
    .selectFrom('conversions')
    .select('event_id')
    .where('payment_id', '=', paymentId)
    .orderBy('event_id')
    .execute();
  return {
    moves: moves.map((row) => row.to_status),
    messages: messages.map((row) => row.dedupe_key),
    conversions: conversions.map((row) => row.event_id),
  };
}

/** What there must be of a payment that was paid, once. */
export const paidOnce = (paymentId: string) => ({
  moves: ['pending', 'paid'],
  messages: [`delivery:${paymentId}`],
  conversions: [`checkout_${paymentId}`, `purchase_${paymentId}`],
});

/** Follows every webhook that is due. */
export async function follow(bench: PaymentBench): Promise<void> {
  while ((await bench.room.runDueWebhooks()) > 0);
}

const newestWebhook = (bench: PaymentBench) =>
  bench.database.db
    .selectFrom('gateway_webhooks')
    .selectAll()
    .orderBy('received_at', 'desc')
    .orderBy('webhook_id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();

function describeWebhooks(stage: () => GatewayStage): void {
  test('a webhook of a paid charge pays it once, however often it comes', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid' });
    expect(await stage().tell(chargeId, { times: 3 })).toEqual([200, 200, 200]);
    expect((await read(bench, paymentId)).status).toBe('pending');
    await follow(bench);
    expect(await stage().tell(chargeId)).toEqual([200]);
    await follow(bench);
    expect((await read(bench, paymentId)).status).toBe('paid');
    expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
  });

  test('a webhook’s word alone pays nothing', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    expect(await stage().tell(chargeId)).toEqual([200]);
    await follow(bench);
    expect((await read(bench, paymentId)).status).toBe('pending');
    expect((await newestWebhook(bench)).state).toBe('done');
  });

  test('a forged webhook gets 401, is recorded and followed by nothing', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid' });
    expect(await stage().tell(chargeId, { forged: true })).toEqual([401]);
    expect(await newestWebhook(bench)).toMatchObject({ verified: false, state: 'refused', charge_ids: [] });
    await follow(bench);
    expect((await read(bench, paymentId)).status).toBe('pending');
  });

  test('a webhook about no charge, or about one that is not ours, is ignored with the reason', async () => {
    const { bench } = stage();
    expect(await stage().tellOther()).toBe(200);
    const other = await newestWebhook(bench);
    expect(other.state).toBe('ignored');
    expect(other.outcome).toMatch(/names no charge|not about a charge/);
    const { chargeId, paymentId } = await charge(stage());
    await bench.database.db
      .updateTable('payments')
      .set({ gateway_charge_id: `gone-${chargeId}` })
      .where('id', '=', paymentId)
      .execute();
    expect(await stage().tell(chargeId)).toEqual([200]);
    await follow(bench);
    expect(await newestWebhook(bench)).toMatchObject({ verified: true, state: 'ignored' });
  });

  test('the address of another gateway or account is 404', async () => {
    const { publicUrl, account } = stage().bench;
    const post = async (path: string) =>
      (await fetch(`${publicUrl}/webhooks/payments/${path}`, { method: 'POST', body: '{}' })).status;
    expect(await post(`nobody/${account.accountId}`)).toBe(404);
    expect(await post(`${account.gateway}/${'0'.repeat(8)}-0000-7000-8000-000000000000`)).toBe(404);
    expect(await post(`${account.gateway}/%00`)).toBe(404);
  });

  test('ten processes and questions at once settle it once', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid' });
    await stage().tell(chargeId, { times: 4 });
    const rooms = Array.from({ length: 5 }, () => bench.openAnotherRoom());
    await Promise.all(
      rooms.flatMap((room) => [room.checkPayment(paymentId, { cause: 'button' }), room.runDueWebhooks()]),
    );
    expect(await traces(bench, paymentId)).toEqual(paidOnce(paymentId));
  });
}

function describeStates(stage: () => GatewayStage): void {
  const check = (paymentId: string) => stage().bench.room.checkPayment(paymentId, { cause: 'check' });

  test('a refund after the payment is recorded, and nothing leads back', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid' });
    await check(paymentId);
    await stage().set(chargeId, { status: 'refunded' });
    await stage().tell(chargeId, { times: 2 });
    await follow(bench);
    expect(await read(bench, paymentId)).toMatchObject({ status: 'refunded', refunded_at: expect.any(Date) });
    await stage().set(chargeId, { status: 'paid' });
    await stage().tell(chargeId);
    await follow(bench);
    const { moves } = await traces(bench, paymentId);
    expect(moves).toEqual(['pending', 'paid', 'refunded']);
  });

  test('a paid payment stays paid when the gateway calls the charge expired', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid' });
    await check(paymentId);
    await stage().set(chargeId, { status: 'expired' });
    await check(paymentId);
    expect((await read(bench, paymentId)).status).toBe('paid');
  });

  test('money after the expiry is taken and marked late', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'expired' });
    await check(paymentId);
    expect((await read(bench, paymentId)).status).toBe('expired');
    await stage().set(chargeId, { status: 'paid' });
    await check(paymentId);
    expect(await read(bench, paymentId)).toMatchObject({ status: 'paid', paid_late: true });
    expect(await traces(bench, paymentId)).toEqual({
      ...paidOnce(paymentId),
      moves: ['pending', 'expired', 'paid'],
      messages: [`delivery:${paymentId}`, `expired:${paymentId}`],
    });
  });

  test('a charge over another amount is never paid, and the history says why', async () => {
    const { bench } = stage();
    const { paymentId, chargeId } = await charge(stage());
    await stage().set(chargeId, { status: 'paid', cents: 1 });
    await stage().tell(chargeId, { times: 2 });
    await follow(bench);
    expect((await read(bench, paymentId)).status).toBe('pending');
    const notes = await bench.database.db
      .selectFrom('payment_events')
      .select('detail')
      .where('payment_id', '=', paymentId)
      .where('to_status', 'is', null)
      .execute();
    expect(notes).toEqual([
      { detail: 'not believed (paid): the gateway’s charge is over 1 cents BRL, not 1990 BRL' },
    ]);
  });
}

/** Whatever comes over the wire, an adapter answers with a value and never believes rubbish. */
function describeReading(id: string): void {
  const gateway = findGateway(id);
  if (!gateway) throw new Error(`no gateway ${id}`);
  const order: ChargeOrder = {
    paymentId: 'p',
    amount: { cents: 1990, currency: 'BRL' },
    description: 'x',
    webhookUrl: 'https://x.example/',
    expiresInSeconds: 60,
  };
  const RUBBISH = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '<html>502</html>',
    '{"id":',
    '{"error":"no"}',
    '{"id":5}',
    '{"id":"../x"}',
  ];

  test.each(RUBBISH)('an answer 200 of %j is no charge and no status', (body) => {
    const response = { status: 200, headers: {}, body };
    expect(gateway.readCharge(response, order).kind).not.toBe('created');
    expect(gateway.readStatus(response, 'c').kind).not.toBe('found');
  });

  test('an answer about another charge is not believed', () => {
    const body = JSON.stringify({ id: 'other', status: 'paid', value: 1990 });
    expect(gateway.readStatus({ status: 200, headers: {}, body }, 'c').kind).toBe('retry');
  });

  test.each([
    [401, 'unauthorized', 'unauthorized'],
    [404, 'refused', 'missing'],
    [500, 'unknown', 'retry'],
  ])('HTTP %i is %s for a charge and %s for a status', (status, forCharge, forStatus) => {
    const response = { status, headers: {}, body: '{"message":"no","error":"no"}' };
    expect(gateway.readCharge(response, order).kind).toBe(forCharge);
    expect(gateway.readStatus(response, 'c').kind).toBe(forStatus);
  });

  test('no bytes make it throw', () => {
    const opening = gateway.open({
      credentials: { token: 't', webhook_token: 'w' },
      baseUrl: 'https://x.example',
      webhookKey: 'k',
    });
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(anything, fc.integer({ min: 100, max: 599 }), (body, status) => {
        const response = { status, headers: {}, body };
        gateway.readCharge(response, order);
        gateway.readStatus(response, 'c');
        const delivery = {
          rawBody: Buffer.from(body),
          headers: { 'x-sandbox-signature': body },
          query: {},
          receivedAt: 0,
        };
        gateway.readWebhook(delivery);
        if (opening.kind === 'open') expect(opening.client.verifyWebhook(delivery).kind).toBe('refused');
      }),
    );
  });
}
