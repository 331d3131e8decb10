import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { PaymentStatus } from '../domain/payment-status.ts';
import type { Database } from '../io/database.gen.ts';

/** What made us look at a payment. */
export type PaymentCause =
  | 'charge'
  | 'webhook'
  | 'check'
  | 'delivery_page'
  | 'button'
  | 'simulate'
  | 'expiry';

/** One line of a payment's history; without statuses it is a note. */
export interface PaymentEvent {
  readonly paymentId: string;
  readonly workspaceId: string;
  readonly from: PaymentStatus | null;
  readonly to: PaymentStatus | null;
  readonly cause: PaymentCause;
  readonly detail: string | null;
  readonly at: Date;
}

/** Adds a line to the payment's history. */
export async function savePaymentEvent(db: Kysely<Database>, event: PaymentEvent): Promise<void> {
  await db
    .insertInto('payment_events')
    .values({
      event_id: buildId(event.at.getTime()),
      payment_id: event.paymentId,
      workspace_id: event.workspaceId,
      from_status: event.from,
      to_status: event.to,
      cause: event.cause,
      detail: event.detail,
      at: event.at,
    })
    .execute();
}

/** Adds a note unless the newest line already says the same: a question asked every minute leaves one line, not a thousand. */
export async function savePaymentNote(
  db: Kysely<Database>,
  note: Omit<PaymentEvent, 'from' | 'to'> & { readonly detail: string },
): Promise<void> {
  const newest = await db
    .selectFrom('payment_events')
    .select('detail')
    .where('payment_id', '=', note.paymentId)
    .orderBy('at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest?.detail !== note.detail) await savePaymentEvent(db, { ...note, from: null, to: null });
}
