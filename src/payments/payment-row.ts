import type { Kysely, Selectable } from 'kysely';
import type { Money } from '../domain/money.ts';
import { readDecimal } from '../domain/money.ts';
import type { PaymentStatus } from '../domain/payment-status.ts';
import type { Database } from '../io/database.gen.ts';

/** A payment as it is stored. */
export type PaymentRow = Omit<Selectable<Database['payments']>, 'status'> & {
  readonly status: PaymentStatus;
};

/** The payment of an id. */
export function findPayment(db: Kysely<Database>, paymentId: string): Promise<PaymentRow | undefined> {
  return db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', paymentId)
    .$narrowType<PaymentRow>()
    .executeTakeFirst();
}

/** The payment of a delivery link's token. */
export function findPaymentByToken(db: Kysely<Database>, token: string): Promise<PaymentRow | undefined> {
  return db
    .selectFrom('payments')
    .selectAll()
    .where('delivery_token', '=', token)
    .$narrowType<PaymentRow>()
    .executeTakeFirst();
}

/** The payment that a gateway's charge belongs to. */
export function findPaymentByCharge(
  db: Kysely<Database>,
  charge: { readonly accountId: string; readonly chargeId: string },
): Promise<PaymentRow | undefined> {
  return db
    .selectFrom('payments')
    .selectAll()
    .where('account_id', '=', charge.accountId)
    .where('gateway_charge_id', '=', charge.chargeId)
    .$narrowType<PaymentRow>()
    .executeTakeFirst();
}

/** What the payment is over, in cents. */
export function amountOf(row: Pick<PaymentRow, 'amount' | 'currency'>): Money {
  const cents = readDecimal(row.amount);
  if (cents === null) throw new Error('a stored amount is not a decimal');
  return { cents, currency: row.currency };
}
