import { setTimeout as sleep } from 'node:timers/promises';
import { readBrCode } from '../domain/br-code.ts';
import type { ChargeAnswer, ChargeOrder } from '../gateways/gateway.ts';
import type { AccountOpening } from './gateway-caller.ts';
import { amountOf, type PaymentRow } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

/** An account ready for use. */
export type OpenAccount = Extract<AccountOpening, { kind: 'open' }>;

const TIMEOUT_MS = 10_000;
const TRIES = 3;
/** A person is waiting: later tries are left to the next press. */
const PATIENCE_MS = 12_000;

/**
 * Asks the gateway for the payment's charge. An attempt whose answer was lost is repeated only where the gateway
 * then gives the same charge again: elsewhere the first charge may exist, and is left to expire unseen.
 */
export async function makeCharge(
  room: RoomParts,
  account: OpenAccount,
  payment: PaymentRow,
): Promise<ChargeAnswer> {
  const order = buildOrder(room, account, payment);
  const fault = findFault(account, order);
  if (fault) return { kind: 'refused', reason: fault };
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    const answer = await askOnce(room, account, order);
    const mayRepeat = answer.kind === 'retry' || (answer.kind === 'unknown' && account.gateway.isRepeatable);
    const waitMs = (answer.kind === 'retry' ? answer.retryAfterMs : null) ?? attempt * 500;
    const isTooLate = performance.now() - startedAt + waitMs > PATIENCE_MS;
    if (!mayRepeat || isTooLate || attempt === TRIES) return checkCode(room, payment, answer);
    await sleep(waitMs);
  }
}

async function askOnce(room: RoomParts, account: OpenAccount, order: ChargeOrder): Promise<ChargeAnswer> {
  const result = await room.gateways.send(account.client.buildCharge(order), TIMEOUT_MS);
  if (result.kind === 'answer') return account.gateway.readCharge(result.response, order);
  const reason = `${account.gateway.name} did not answer (${result.failure}: ${result.detail})`;
  return result.failure === 'blocked' ? { kind: 'refused', reason } : { kind: 'unknown', reason };
}

function buildOrder(room: RoomParts, account: OpenAccount, payment: PaymentRow): ChargeOrder {
  const path = `/webhooks/payments/${account.gateway.id}/${account.account.accountId}`;
  const until = payment.expires_at?.getTime() ?? 0;
  return {
    paymentId: payment.id,
    amount: amountOf(payment),
    description: payment.product_name.slice(0, 100),
    webhookUrl: `${room.publicUrl}${path}?payment=${payment.id}`,
    expiresInSeconds: Math.max(60, Math.round((until - payment.created_at.getTime()) / 1000)),
  };
}

function findFault({ gateway }: OpenAccount, { amount }: ChargeOrder): string | null {
  if (!gateway.currencies.includes(amount.currency)) {
    return `${gateway.name} takes ${gateway.currencies.join(', ')}, not ${amount.currency}`;
  }
  if (amount.cents < gateway.minCents) {
    return `${gateway.name} takes ${gateway.minCents} cents or more, not ${amount.cents}`;
  }
  return null;
}

/** A code that banks may refuse is still handed out (the gateway is the authority), but not silently. */
function checkCode(room: RoomParts, payment: PaymentRow, answer: ChargeAnswer): ChargeAnswer {
  if (answer.kind !== 'created') return answer;
  const reading = readBrCode(answer.charge.copyPaste);
  if (reading.kind === 'invalid') {
    room.logger.warn({ paymentId: payment.id, why: reading.reason }, 'the gateway gave an unusual PIX code');
  }
  return answer;
}
