import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { freeWaits } from '../../src/jobs/free-waits.ts';
import { openPaymentBench, type PaymentBench } from '../gateway-suite/payment-bench.ts';
import { chargeOf, simulate } from '../gateway-suite/payment-steps.ts';
import { read } from '../gateway-suite/payment-traces.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let bench: PaymentBench;

beforeAll(async () => {
  bench = await openPaymentBench({ gateway: 'sandbox', credentials: {} });
});
afterAll(() => bench.close());

const inFuture = (ms: number) => new Date(bench.clock.now() + ms);
const free = () => freeWaits(bench.database.db, new Date(bench.clock.now()));

async function addMessage(next_attempt_at: Date, state: string): Promise<string> {
  const message_id = buildId();
  const { bot_id } = await bench.database.db.selectFrom('bots').select('bot_id').executeTakeFirstOrThrow();
  await bench.database.db
    .insertInto('bot_messages')
    .values({
      message_id,
      workspace_id: buildId(),
      bot_id,
      chat_id: '1',
      dedupe_key: message_id,
      body: Buffer.from('x'),
      state,
      next_attempt_at,
    })
    .execute();
  return message_id;
}

const waitOf = async (messageId: string) => {
  const { next_attempt_at } = await bench.database.db
    .selectFrom('bot_messages')
    .select('next_attempt_at')
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow();
  return next_attempt_at.getTime() - bench.clock.now();
};

test('a charge made by a clock that was hours ahead is asked for again once the clock is right', async () => {
  bench.clock.move(2 * HOUR_MS);
  const { paymentId } = await chargeOf(bench);
  bench.clock.move(-2 * HOUR_MS);
  await bench.room.runDueChecks();
  expect(await read(bench, paymentId)).toMatchObject({ checks: 0 });
  expect(await free()).toBe(1);
  await bench.room.runDueChecks();
  expect(await read(bench, paymentId)).toMatchObject({ checks: 1, status: 'pending' });
  // The next question is planned by the right clock.
  expect(await free()).toBe(0);
});

test('a payment’s month of looking for refunds is left alone', async () => {
  const { paymentId } = await chargeOf(bench);
  await simulate(bench, paymentId);
  const { status, next_check_at } = await read(bench, paymentId);
  expect(status).toBe('paid');
  expect(next_check_at?.getTime()).toBeGreaterThan(inFuture(5 * HOUR_MS).getTime());
  expect(await free()).toBe(0);
  expect(await read(bench, paymentId)).toMatchObject({ next_check_at });
});

test('a message is let go only when it waits longer than any wait is, and only while it is due', async () => {
  const put = await addMessage(inFuture(HOUR_MS), 'due');
  const retried = await addMessage(inFuture(10 * MINUTE_MS), 'due');
  const failed = await addMessage(inFuture(HOUR_MS), 'failed');
  expect(await free()).toBe(1);
  expect(await waitOf(put)).toBeLessThanOrEqual(0);
  expect(await waitOf(retried)).toBeGreaterThan(0);
  expect(await waitOf(failed)).toBeGreaterThan(0);
});
