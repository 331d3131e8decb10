import type { PaymentBench } from './payment-bench.ts';
import { read } from './payment-traces.ts';

let presses = 0;

/** The person presses the product's button; without a key of its own, each press is a new one. */
export function press(bench: PaymentBench, requestKey?: string) {
  presses += 1;
  return bench.room.checkout.createCharge({
    botUserId: bench.botUserId,
    productId: bench.product.productId,
    requestKey: requestKey ?? `press ${presses}`,
  });
}

/** The charge of a new press. */
export async function chargeOf(bench: PaymentBench) {
  const answer = await press(bench);
  if (answer.kind !== 'created') throw new Error(`no charge: ${answer.kind}`);
  const row = await read(bench, answer.charge.paymentId);
  const chargeId = row.gateway_charge_id ?? '';
  return {
    paymentId: row.id,
    chargeId,
    token: row.delivery_token ?? '',
    sandboxUrl: answer.charge.sandboxUrl ?? '',
  };
}

/** Ends what is open, so that the next press makes a charge of its own. */
export async function closeOpen(bench: PaymentBench): Promise<void> {
  await bench.database.db
    .updateTable('payments')
    .set({ status: 'failed', next_check_at: null })
    .where('status', '=', 'pending')
    .execute();
}

/** GETs a path of the bench's server. */
export const get = (bench: PaymentBench, path: string, headers: Record<string, string> = {}) =>
  fetch(`${bench.publicUrl}${path}`, { headers });

/** Asks the API to simulate; without a body, as the contract allows. */
export const simulate = (bench: PaymentBench, paymentId: string, body?: object) =>
  fetch(`${bench.publicUrl}/api/v1/payments/${paymentId}/simulate`, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
