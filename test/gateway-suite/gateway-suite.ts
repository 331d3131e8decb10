import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PaymentBench } from './payment-bench.ts';
import { chargeOf, closeOpen } from './payment-steps.ts';
import { follow, paidOnce, read, traces } from './payment-traces.ts';
import { describeReading } from './reading-suite.ts';

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

/** A fresh charge: what is open is closed first, because an open charge would be given again. */
async function charge({ bench }: GatewayStage) {
  await closeOpen(bench);
  return chargeOf(bench);
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

  test('before the accounts are known the gateway is asked to tell again', async () => {
    const { away } = stage().bench;
    away.isAway = true;
    expect(await stage().tellOther()).toBe(503);
    away.isAway = false;
    expect(await stage().tellOther()).toBe(200);
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
