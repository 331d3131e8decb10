import type { StatusAnswer } from '../gateways/gateway.ts';
import { failPayment } from './create-charge.ts';
import { LATE_MONEY_MS } from './next-check.ts';
import { type PaymentCause, savePaymentNote } from './payment-events.ts';
import { amountOf, findPayment, type PaymentRow } from './payment-row.ts';
import { CHARGE_LEASE_MS } from './reserve-payment.ts';
import type { RoomParts } from './room-parts.ts';
import { type Settlement, settlePayment } from './settle-payment.ts';

/** What asking the gateway brought. */
export type CheckResult =
  | { readonly kind: 'not_found' }
  /** `outcome` is null where there was nothing to ask. */
  | { readonly kind: 'checked'; readonly payment: PaymentRow; readonly outcome: Settlement['outcome'] | null }
  /** The payment stands as it stood. */
  | { readonly kind: 'unreachable'; readonly payment: PaymentRow; readonly reason: string };

/** A question to the gateway for one payment. */
export type AskGateway = (
  paymentId: string,
  question: { readonly cause: PaymentCause; readonly timeoutMs?: number },
) => Promise<CheckResult>;

const TIMEOUT_MS = 10_000;

/** Asks the gateway for the payment's charge and settles what it says. Only the gateway's own answer is believed. */
export async function checkPayment(
  room: RoomParts,
  paymentId: string,
  question: { readonly cause: PaymentCause; readonly timeoutMs?: number },
): Promise<CheckResult> {
  const payment = await findPayment(room.db, paymentId);
  if (!payment) return { kind: 'not_found' };
  const chargeId = payment.gateway_charge_id;
  if (chargeId === null) return giveUpUnmade(room, payment);
  if (payment.status === 'refunded') return { kind: 'checked', payment, outcome: null };
  const answer = await askStatus(room, payment, { chargeId, timeoutMs: question.timeoutMs ?? TIMEOUT_MS });
  if (answer.kind !== 'found') return recordNoAnswer(room, payment, { cause: question.cause, answer });
  const click = payment.tracking_token ? await room.findClick(payment.tracking_token) : null;
  const settled = await settlePayment(room, { paymentId, state: answer.state, cause: question.cause }, click);
  return { kind: 'checked', ...settled };
}

/** A payment whose charge was never made, because the process that was making it died or lost the answer. */
async function giveUpUnmade(room: RoomParts, payment: PaymentRow): Promise<CheckResult> {
  const age = room.clock.now() - payment.created_at.getTime();
  if (payment.status === 'pending' && age > CHARGE_LEASE_MS) {
    await failPayment(room, payment, 'the making of the charge was broken off; nobody was shown a code');
  }
  const now = await findPayment(room.db, payment.id);
  return { kind: 'checked', payment: now ?? payment, outcome: null };
}

type NoAnswer = Exclude<StatusAnswer, { kind: 'found' }>;

async function askStatus(
  room: RoomParts,
  payment: PaymentRow,
  question: { readonly chargeId: string; readonly timeoutMs: number },
): Promise<StatusAnswer> {
  const opening = room.gateways.open(payment.account_id);
  if (opening.kind === 'closed') return { kind: 'unauthorized', reason: opening.reason };
  const result = await room.gateways.send(opening.client.buildStatus(question.chargeId), question.timeoutMs);
  if (result.kind === 'answer') return opening.gateway.readStatus(result.response, question.chargeId);
  const reason = `${opening.gateway.name} did not answer (${result.failure}: ${result.detail})`;
  return { kind: 'retry', reason, retryAfterMs: null };
}

async function recordNoAnswer(
  room: RoomParts,
  payment: PaymentRow,
  { cause, answer }: { readonly cause: PaymentCause; readonly answer: NoAnswer },
): Promise<CheckResult> {
  const level = answer.kind === 'unauthorized' ? 'error' : 'warn';
  room.logger[level](
    { paymentId: payment.id, gateway: payment.gateway, why: answer.reason },
    'payment not checked',
  );
  const now = room.clock.now();
  await savePaymentNote(room.db, {
    paymentId: payment.id,
    workspaceId: payment.workspace_id,
    cause,
    detail: `no answer (${answer.kind}): ${answer.reason}`,
    at: new Date(now),
  });
  if (payment.status === 'pending' && now >= (payment.expires_at?.getTime() ?? now) + LATE_MONEY_MS) {
    return expireUnanswered(room, payment);
  }
  return { kind: 'unreachable', payment, reason: answer.reason };
}

/** A gateway that has said nothing for a day past the expiry will not be asked again; the charge counts as expired. */
async function expireUnanswered(room: RoomParts, payment: PaymentRow): Promise<CheckResult> {
  const state = {
    chargeId: payment.gateway_charge_id ?? '',
    status: 'expired',
    amount: amountOf(payment),
  } as const;
  const settled = await settlePayment(room, { paymentId: payment.id, state, cause: 'expiry' }, null);
  return { kind: 'checked', ...settled };
}
