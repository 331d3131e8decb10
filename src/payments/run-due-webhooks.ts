import { type Selectable, sql } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import type { Database } from '../io/database.gen.ts';
import { checkPayment } from './check-payment.ts';
import { findPayment, findPaymentByCharge } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

type WebhookRow = Selectable<Database['gateway_webhooks']>;

/** What became of one charge that a webhook named. */
type Look = { readonly kind: 'settled' | 'ignored' | 'again'; readonly outcome: string };

const BATCH = 20;
const LEASE_MS = 60_000;
const BACKOFF = { baseMs: 2_000, maxMs: 15 * 60_000 };
const GIVE_UP_MS = 24 * 3_600_000;
/** A gateway may tell of a charge before its own answer to the making of it has reached us. */
const EARLY_MS = 90_000;
/** A gateway whose webhook is ahead of its own books is asked again so soon. */
const BEHIND_MS = 10_000;

/** Asks the gateways for the charges that webhooks spoke of; returns how many webhooks were looked at. */
export async function runDueWebhooks(room: RoomParts): Promise<number> {
  const now = room.clock.now();
  const due = await room.db
    .updateTable('gateway_webhooks')
    .set({ next_attempt_at: new Date(now + LEASE_MS), attempts: sql<number>`attempts + 1` })
    .where('webhook_id', 'in', (select) =>
      select
        .selectFrom('gateway_webhooks')
        .select('webhook_id')
        .where('state', '=', 'due')
        .where('next_attempt_at', '<=', new Date(now))
        .orderBy('next_attempt_at')
        .limit(BATCH)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
  await Promise.all(due.map((webhook) => runWebhook(room, webhook)));
  return due.length;
}

/** Looks at one webhook; a fault with it must not hold up the others, and it is tried again after its lease. */
async function runWebhook(room: RoomParts, webhook: WebhookRow): Promise<void> {
  try {
    const looks = await Promise.all(webhook.charge_ids.map((chargeId) => lookAt(room, webhook, chargeId)));
    await closeWebhook(room, webhook, looks);
  } catch (error) {
    room.logger.error({ err: error, webhookId: webhook.webhook_id }, 'a webhook could not be followed');
  }
}

async function lookAt(room: RoomParts, webhook: WebhookRow, chargeId: string): Promise<Look> {
  const payment = await findPaymentByCharge(room.db, { accountId: webhook.account_id, chargeId });
  if (!payment) return lookAtUnknown(room, webhook);
  const result = await checkPayment(room, payment.id, { cause: 'webhook' });
  if (result.kind === 'unreachable') return { kind: 'again', outcome: result.reason };
  if (result.kind === 'not_found') return { kind: 'ignored', outcome: 'the payment is gone' };
  if (result.payment.status === 'pending') await askSoon(room, payment.id);
  return { kind: 'settled', outcome: `${result.outcome ?? 'nothing to ask'}: ${result.payment.status}` };
}

/** No payment has this charge; perhaps not yet. */
async function lookAtUnknown(room: RoomParts, webhook: WebhookRow): Promise<Look> {
  const named = webhook.payment_id ? await findPayment(room.db, webhook.payment_id) : undefined;
  const isOurs = named?.account_id === webhook.account_id;
  const isEarly = room.clock.now() - webhook.received_at.getTime() < EARLY_MS;
  if (isOurs && named.status === 'pending' && named.gateway_charge_id === null && isEarly) {
    return { kind: 'again', outcome: 'the charge is not known yet' };
  }
  return {
    kind: 'ignored',
    outcome: isOurs
      ? 'a charge whose making was not heard of; nobody was shown its code'
      : 'no payment has this charge',
  };
}

async function askSoon(room: RoomParts, paymentId: string): Promise<void> {
  const soon = new Date(room.clock.now() + BEHIND_MS);
  await room.db
    .updateTable('payments')
    .set({ next_check_at: soon })
    .where('id', '=', paymentId)
    .where('status', '=', 'pending')
    .where('next_check_at', '>', soon)
    .execute();
}

async function closeWebhook(room: RoomParts, webhook: WebhookRow, looks: readonly Look[]): Promise<void> {
  const now = room.clock.now();
  const isOver = now - webhook.received_at.getTime() > GIVE_UP_MS;
  const isAgain = looks.some((look) => look.kind === 'again') && !isOver;
  const isSettled = looks.some((look) => look.kind !== 'ignored');
  await room.db
    .updateTable('gateway_webhooks')
    .set({
      state: isAgain ? 'due' : isSettled ? 'done' : 'ignored',
      outcome: looks.map((look) => look.outcome).join('; '),
      next_attempt_at: new Date(now + (isAgain ? backoffMs(BACKOFF, webhook.attempts) : 0)),
      settled_at: isAgain ? null : new Date(now),
    })
    .where('webhook_id', '=', webhook.webhook_id)
    .execute();
}
