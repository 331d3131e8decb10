import { releaseConversion } from '../conversions/conversions.ts';
import { purchaseEventId } from '../domain/event-ids.ts';
import { findGateway } from '../gateways/registry.ts';
import { isKeptOut } from '../profiles/suspicion-filter.ts';
import type { AskGateway } from './check-payment.ts';
import { consentOf } from './consent.ts';
import { findPaymentByToken, type PaymentRow } from './payment-row.ts';
import type { RoomParts } from './room-parts.ts';

/** What the page behind a delivery link has to show. */
export type DeliveryView =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'unpaid';
      readonly payment: PaymentRow;
      readonly isSimulated: boolean;
      /** When the page is to look again. */
      readonly refreshSeconds: number;
    }
  | { readonly kind: 'refunded'; readonly payment: PaymentRow; readonly isSimulated: boolean }
  | {
      readonly kind: 'paid';
      readonly payment: PaymentRow;
      readonly isSimulated: boolean;
      /** The pixel that the browser's Purchase goes to; null for none. */
      readonly pixelId: string | null;
      /** The pixel is the demonstration's, and simulated. */
      readonly isDemo: boolean;
    };

/** A person waits for the page. */
const TIMEOUT_MS = 5_000;
/**
 * Meta drops the second of two events of one id within 48 hours, so reloads and other devices count once as long as
 * none is sent later. From then on the page has no pixel.
 */
const PIXEL_MS = 48 * 3_600_000;
const TOKEN = /^[\w-]{43}$/;

/** Finds what a delivery link stands for; an unpaid payment is asked for at the gateway first. */
export async function viewDelivery(room: RoomParts, ask: AskGateway, token: string): Promise<DeliveryView> {
  const found = TOKEN.test(token) ? await findPaymentByToken(room.db, token) : undefined;
  if (!found) return { kind: 'unknown' };
  const payment = await askAgain(ask, found);
  const isSimulated = findGateway(payment.gateway)?.isSimulated === true;
  switch (payment.status) {
    case 'paid':
      return {
        kind: 'paid',
        payment,
        isSimulated,
        pixelId: await findPixel(room, payment),
        isDemo: room.registry.workspace(payment.workspace_id)?.isDemo ?? false,
      };
    case 'refunded':
      return { kind: 'refunded', payment, isSimulated };
    default:
      return {
        kind: 'unpaid',
        payment,
        isSimulated,
        refreshSeconds: buildRefresh(payment, room.clock.now()),
      };
  }
}

/** A page that stays open on an old charge must not ask the gateway every few seconds. */
function buildRefresh(payment: PaymentRow, now: number): number {
  const ageSeconds = (now - payment.created_at.getTime()) / 1000;
  return Math.round(Math.min(Math.max(ageSeconds / 20, 5), 60));
}

async function askAgain(ask: AskGateway, payment: PaymentRow): Promise<PaymentRow> {
  if (payment.status !== 'pending' && payment.status !== 'expired') return payment;
  const result = await ask(payment.id, { cause: 'delivery_page', timeoutMs: TIMEOUT_MS });
  return result.kind === 'not_found' ? payment : result.payment;
}

async function findPixel(room: RoomParts, payment: PaymentRow): Promise<string | null> {
  const meta = payment.pool_id ? room.registry.pool(payment.pool_id)?.meta : null;
  const age = room.clock.now() - (payment.paid_at?.getTime() ?? 0);
  if (!meta?.sendPurchase || age >= PIXEL_MS) return null;
  const buyer = { workspaceId: payment.workspace_id, botUserId: payment.bot_user_id };
  if (await isKeptOut(room.db, buyer)) return null;
  const click = payment.tracking_token ? await room.findClick(payment.tracking_token) : null;
  return consentOf(room, payment, click) === 'granted' ? meta.pixelId : null;
}

/** Notes the first opening of the delivery page and lets the server's Purchase go. */
export async function recordDeliveryOpened(room: RoomParts, payment: PaymentRow): Promise<void> {
  const at = new Date(room.clock.now());
  await room.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('payments')
      .set({ delivery_opened_at: at })
      .where('id', '=', payment.id)
      .where('delivery_opened_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await releaseConversion(tx, {
      workspaceId: payment.workspace_id,
      eventId: purchaseEventId(payment.id),
      at,
    });
  });
}
