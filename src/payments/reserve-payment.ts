import { type Kysely, sql, type Transaction } from 'kysely';
import type { Click } from '../domain/click.ts';
import { buildId, buildSecret } from '../domain/ids.ts';
import { buildDecimal } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';
import type { GatewayAccount, Product } from '../settings/types.ts';
import type { Customer } from './find-customer.ts';
import type { PaymentRow } from './payment-row.ts';

/** Who wants to pay for what, through which account. */
export interface Reservation {
  readonly customer: Customer;
  readonly product: Product;
  readonly account: GatewayAccount;
  readonly click: Click | null;
  readonly requestKey: string;
  readonly now: number;
  readonly expiresInSeconds: number;
}

/** `new`: the caller, and nobody else, makes the charge. `known`: it was asked for before, or can still be paid. */
export interface Reserved {
  readonly kind: 'new' | 'known';
  readonly payment: PaymentRow;
}

/** A code that is about to expire is not given out again. */
const MIN_REMAINING_MS = 5 * 60_000;
/** The making of a charge takes no longer than this. */
export const CHARGE_PATIENCE_MS = 15_000;
/** After this long without a word, the process that made the charge is taken for dead. */
export const CHARGE_LEASE_MS = 60_000;

/**
 * Writes the payment down before its charge is made. One person is served at a time, so that two presses at once
 * come out with the same charge.
 */
export async function reservePayment(db: Kysely<Database>, reservation: Reservation): Promise<Reserved> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`charge ${reservation.customer.id}`}, 0))`.execute(
      tx,
    );
    const known = (await findByKey(tx, reservation.requestKey)) ?? (await findPayable(tx, reservation));
    if (known) return { kind: 'known', payment: known };
    const payment = await tx
      .insertInto('payments')
      .values(buildValues(reservation))
      .returningAll()
      .$narrowType<PaymentRow>()
      .executeTakeFirstOrThrow();
    return { kind: 'new', payment };
  });
}

function findByKey(tx: Transaction<Database>, requestKey: string): Promise<PaymentRow | undefined> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('request_key', '=', requestKey)
    .$narrowType<PaymentRow>()
    .executeTakeFirst();
}

/** A charge of the same person, product, price and click that can still be paid, or is being made at this moment. */
function findPayable(tx: Transaction<Database>, reservation: Reservation): Promise<PaymentRow | undefined> {
  const { customer, product, account, now } = reservation;
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('bot_user_id', '=', customer.id)
    .where('customer_user_id', '=', customer.telegram_user_id)
    .where('product_id', '=', product.productId)
    .where('account_id', '=', account.accountId)
    .where('amount', '=', buildDecimal(product.price.cents))
    .where('currency', '=', product.price.currency)
    .where('tracking_token', 'is not distinct from', customer.tracking_session_id)
    .where('status', '=', 'pending')
    .where((where) =>
      where.or([
        where('copy_paste', 'is not', null),
        where('created_at', '>', new Date(now - CHARGE_PATIENCE_MS)),
      ]),
    )
    .where('expires_at', '>', new Date(now + MIN_REMAINING_MS))
    .orderBy('created_at', 'desc')
    .limit(1)
    .$narrowType<PaymentRow>()
    .executeTakeFirst();
}

function buildValues({ customer, product, account, click, ...rest }: Reservation) {
  return {
    id: buildId(rest.now),
    workspace_id: customer.workspace_id,
    bot_id: customer.bot_id,
    bot_user_id: customer.id,
    customer_user_id: customer.telegram_user_id,
    chat_id: customer.chat_id,
    language_code: customer.language_code,
    product_id: product.productId,
    product_name: product.name,
    product_delivery_url: product.deliveryUrl,
    account_id: account.accountId,
    gateway: account.gateway,
    amount: buildDecimal(product.price.cents),
    currency: product.price.currency,
    expires_at: new Date(rest.now + rest.expiresInSeconds * 1000),
    delivery_token: buildSecret(),
    request_key: rest.requestKey,
    created_at: new Date(rest.now),
    updated_at: new Date(rest.now),
    // Asked for again when the lease has run out without an answer.
    next_check_at: new Date(rest.now + CHARGE_LEASE_MS),
    ...buildAttribution(customer, click),
  };
}

/** The click knows more than the bot user by now: its cookies may have come after the /start. */
function buildAttribution(customer: Customer, click: Click | null) {
  return {
    tracking_token: customer.tracking_session_id,
    pool_id: click?.poolId ?? null,
    pageview_event_id: click?.pageviewEventId ?? null,
    fbclid: click?.fbclid ?? customer.fbclid,
    fbp: click?.fbp ?? customer.fbp,
    fbc: click?.fbc ?? customer.fbc,
    utm_source: customer.utm_source,
    utm_medium: customer.utm_medium,
    utm_campaign: customer.utm_campaign,
    utm_id: customer.utm_id,
    utm_term: customer.utm_term,
    utm_content: customer.utm_content,
  };
}
