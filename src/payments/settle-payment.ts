import type { Transaction } from 'kysely';
import { buildDeliveryMessage, buildExpiredMessage } from '../bot/messages.ts';
import { type OwedText, oweMessages } from '../bot/owe-message.ts';
import { chooseLanguage } from '../bot/texts.ts';
import { retractConversion, saveConversions } from '../conversions/conversions.ts';
import type { Click } from '../domain/click.ts';
import { purchaseEventId } from '../domain/event-ids.ts';
import { type PaymentStatus, stepPayment } from '../domain/payment-status.ts';
import type { ChargeState } from '../gateways/gateway.ts';
import { findGateway } from '../gateways/registry.ts';
import type { Database } from '../io/database.gen.ts';
import { consentOf } from './consent.ts';
import { nextCheckAt } from './next-check.ts';
import { type PaymentCause, savePaymentEvent, savePaymentNote } from './payment-events.ts';
import { amountOf, type PaymentRow } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

/** What the gateway's word did to the payment. */
export interface Settlement {
  readonly payment: PaymentRow;
  /** `mismatch`: id or amount is not the payment's, so nothing was believed. */
  readonly outcome: 'moved' | 'unchanged' | 'mismatch' | 'impossible';
}

/** A payment with what the gateway told of it. */
export interface Told {
  readonly paymentId: string;
  readonly state: Pick<ChargeState, 'chargeId' | 'status' | 'amount'> & Partial<ChargeState>;
  readonly cause: PaymentCause;
}

/** The server's Purchase waits so long for the delivery page, whose browser event is to come first. */
const PURCHASE_HOLD_MS = 5 * 60_000;

/**
 * Brings the gateway's word into the payment, in one transaction with everything that follows from it: a payment is
 * paid, delivered and reported once, however often and by however many at once it is told.
 */
export async function settlePayment(room: RoomParts, told: Told, click: Click | null): Promise<Settlement> {
  return room.db.transaction().execute(async (tx) => {
    const payment = await tx
      .selectFrom('payments')
      .selectAll()
      .where('id', '=', told.paymentId)
      .forUpdate()
      .$narrowType<PaymentRow>()
      .executeTakeFirstOrThrow();
    const mismatch = findMismatch(payment, told);
    if (mismatch) return refuseWord(room, tx, { payment, told, detail: mismatch, outcome: 'mismatch' });
    const step = stepPayment(payment.status, readByClock(room, payment, told.state.status));
    if (step.kind === 'unchanged') return { payment, outcome: 'unchanged' };
    if (step.kind === 'impossible') {
      return refuseWord(room, tx, { payment, told, detail: step.reason, outcome: 'impossible' });
    }
    const moved = await movePayment(room, tx, { payment, told, to: step.to, isLate: step.isLate, click });
    return { payment: moved, outcome: 'moved' };
  });
}

function findMismatch(payment: PaymentRow, { state }: Told): string | null {
  if (state.chargeId !== payment.gateway_charge_id) return 'the gateway answered for another charge';
  const due = amountOf(payment);
  if (state.amount.cents === due.cents && state.amount.currency === due.currency) return null;
  return `the gateway’s charge is over ${state.amount.cents} cents ${state.amount.currency}, not ${due.cents} ${due.currency}`;
}

interface Refusal {
  readonly payment: PaymentRow;
  readonly told: Told;
  readonly detail: string;
  readonly outcome: 'mismatch' | 'impossible';
}

async function refuseWord(room: RoomParts, tx: Transaction<Database>, refusal: Refusal): Promise<Settlement> {
  const { payment, told, detail, outcome } = refusal;
  room.logger.error(
    { paymentId: payment.id, gateway: payment.gateway, told: told.state.status, detail },
    'payment not believed',
  );
  await savePaymentNote(tx, {
    paymentId: payment.id,
    workspaceId: payment.workspace_id,
    cause: told.cause,
    detail: `not believed (${told.state.status}): ${detail}`,
    at: new Date(room.clock.now()),
  });
  return { payment, outcome };
}

/** Some gateways keep a charge open for ever: past our own limit, an unpaid one has expired. */
function readByClock(room: RoomParts, payment: PaymentRow, status: PaymentStatus): PaymentStatus {
  const isOver = payment.expires_at !== null && payment.expires_at.getTime() <= room.clock.now();
  return status === 'pending' && isOver ? 'expired' : status;
}

interface Move {
  readonly payment: PaymentRow;
  readonly told: Told;
  readonly to: PaymentStatus;
  readonly isLate: boolean;
  readonly click: Click | null;
}

async function movePayment(room: RoomParts, tx: Transaction<Database>, move: Move): Promise<PaymentRow> {
  const { payment, told, to } = move;
  const now = room.clock.now();
  const saved = await tx
    .updateTable('payments')
    .set({
      status: to,
      ...buildChanges(move, now),
      end_to_end_id: told.state.endToEndId ?? payment.end_to_end_id,
      updated_at: new Date(now),
    })
    .where('id', '=', payment.id)
    .returningAll()
    .$narrowType<PaymentRow>()
    .executeTakeFirstOrThrow();
  await savePaymentEvent(tx, {
    paymentId: payment.id,
    workspaceId: payment.workspace_id,
    from: payment.status,
    to,
    cause: told.cause,
    detail: saved.paid_late && to === 'paid' ? 'paid late, after the charge had expired' : null,
    at: new Date(now),
  });
  if (to === 'paid') await savePurchase(room, tx, saved, move.click);
  if (to === 'refunded') {
    const eventId = purchaseEventId(payment.id);
    await retractConversion(tx, { workspaceId: payment.workspace_id, eventId, at: new Date(now) });
  }
  await oweWords(room, tx, saved);
  return saved;
}

function buildChanges({ payment, told, to, isLate }: Move, now: number) {
  const expiresAt = payment.expires_at?.getTime() ?? now;
  const createdAt = payment.created_at.getTime();
  // A gateway's clock may be off; a payment lies between its charge and now.
  const paidAt =
    to === 'paid' ? Math.min(Math.max(told.state.paidAt?.getTime() ?? now, createdAt), now) : null;
  const minCheckMs = (findGateway(payment.gateway)?.minCheckSeconds ?? 60) * 1000;
  const next = nextCheckAt({ status: to, createdAt, expiresAt, paidAt, minCheckMs }, now);
  return {
    next_check_at: next === null ? null : new Date(next),
    ...(to === 'refunded' ? { refunded_at: new Date(now) } : {}),
    ...(paidAt === null
      ? {}
      : {
          paid_at: new Date(paidAt),
          paid_late: isLate || paidAt > expiresAt,
          meta_event_id: purchaseEventId(payment.id),
        }),
  };
}

async function savePurchase(
  room: RoomParts,
  tx: Transaction<Database>,
  payment: PaymentRow,
  click: Click | null,
): Promise<void> {
  const paidAt = payment.paid_at ?? new Date(room.clock.now());
  await saveConversions(tx, [
    {
      workspaceId: payment.workspace_id,
      name: 'purchase',
      eventId: purchaseEventId(payment.id),
      occurredAt: paidAt,
      trackingToken: payment.tracking_token,
      poolId: payment.pool_id,
      botUserId: payment.bot_user_id,
      paymentId: payment.id,
      value: amountOf(payment),
      consent: consentOf(room, payment, click),
      holdUntil: new Date(paidAt.getTime() + PURCHASE_HOLD_MS),
      holdReason: 'waits for the delivery page, at most 5 minutes',
    },
  ]);
}

/** The person is told in the same transaction, so that nobody is told of what did not happen. */
async function oweWords(room: RoomParts, tx: Transaction<Database>, payment: PaymentRow): Promise<void> {
  const text = buildWords(room, payment);
  if (!text) return;
  const word = payment.status === 'paid' ? 'delivery' : payment.status;
  await oweMessages(tx, room.vault, [
    {
      workspaceId: payment.workspace_id,
      botId: payment.bot_id,
      chatId: payment.chat_id,
      dedupeKey: `${word}:${payment.id}`,
      text,
    },
  ]);
}

function buildWords(room: RoomParts, payment: PaymentRow): OwedText | null {
  const language = chooseLanguage(payment.language_code);
  if (payment.status === 'expired') return buildExpiredMessage(payment.product_name, language);
  if (payment.status !== 'paid') return null;
  const deliveryUrl = `${room.publicUrl}/delivery/${payment.delivery_token}`;
  const message = buildDeliveryMessage({ productName: payment.product_name, deliveryUrl }, language);
  if (!findGateway(payment.gateway)?.isSimulated) return message;
  const mark =
    language === 'pt' ? 'pagamento de teste, nenhum dinheiro de verdade' : 'a test payment, no real money';
  return { ...message, html: `⚠️ <b>SANDBOX</b>: ${mark}\n\n${message.html}` };
}
