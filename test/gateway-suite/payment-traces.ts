import type { PaymentBench } from './payment-bench.ts';

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
