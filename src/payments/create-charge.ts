import { setTimeout as sleep } from 'node:timers/promises';
import type { ChargeAnswer as BotChargeAnswer, OpenCharge } from '../bot/checkout.ts';
import { saveConversions } from '../conversions/conversions.ts';
import type { Click } from '../domain/click.ts';
import { checkoutEventId } from '../domain/event-ids.ts';
import type { GatewayCharge } from '../gateways/gateway.ts';
import { findGateway } from '../gateways/registry.ts';
import { catchUp } from '../settings/catch-up.ts';
import { consentOf } from './consent.ts';
import { findCustomer } from './find-customer.ts';
import { makeCharge, type OpenAccount } from './make-charge.ts';
import { nextCheckAt } from './next-check.ts';
import { savePaymentEvent } from './payment-events.ts';
import { amountOf, findPayment, findPaymentByCharge, type PaymentRow } from './payment-row.ts';
import { CHARGE_LEASE_MS, CHARGE_PATIENCE_MS, reservePayment } from './reserve-payment.ts';
import type { RoomParts } from './room-parts.ts';

/** How long a person has to pay. */
const EXPIRES_IN_SECONDS = 30 * 60;

/** Makes a charge of a product for a person, once for each request key; see `Checkout`. */
export async function createCharge(
  room: RoomParts,
  request: { readonly botUserId: string; readonly productId: string; readonly requestKey: string },
): Promise<BotChargeAnswer> {
  await followSettings(room, request.productId);
  const product = room.registry.product(request.productId);
  const customer = await findCustomer(room.db, request.botUserId);
  if (!product?.isActive || customer?.bot_id !== product.botId) return { kind: 'no_product' };
  const account = room.registry.defaultAccount(product.workspaceId);
  if (!account) return { kind: 'no_gateway' };
  const token = customer.tracking_session_id;
  const click = token ? await room.findClick(token) : null;
  const reserved = await reservePayment(room.db, {
    customer,
    product,
    account,
    click,
    requestKey: request.requestKey,
    now: room.clock.now(),
    expiresInSeconds: EXPIRES_IN_SECONDS,
  });
  if (isOurs(room, reserved)) return charge(room, reserved.payment, click);
  return answerKnown(room, await awaitCharge(room, reserved.payment));
}

/** A product, or the account that it is sold by, may be newer than this process's copy of the settings. */
async function followSettings({ db, registry }: RoomParts, productId: string): Promise<void> {
  const product = registry.product(productId);
  if (!product || !registry.defaultAccount(product.workspaceId)) await catchUp(db, registry);
}

/** The charge is ours to make if the payment is new, or if whoever was making it has died and a second try is harmless. */
function isOurs(room: RoomParts, reserved: Awaited<ReturnType<typeof reservePayment>>): boolean {
  const { kind, payment } = reserved;
  if (kind === 'new') return true;
  const isAbandoned = room.clock.now() - payment.created_at.getTime() > CHARGE_LEASE_MS / 2;
  const isUnmade = payment.status === 'pending' && payment.copy_paste === null;
  return isUnmade && isAbandoned && findGateway(payment.gateway)?.isRepeatable === true;
}

/** Somebody else may be making the charge at this moment: two quick taps of one button come out with the same code. */
async function awaitCharge(room: RoomParts, payment: PaymentRow): Promise<PaymentRow> {
  let known = payment;
  const until = payment.created_at.getTime() + CHARGE_PATIENCE_MS;
  while (known.status === 'pending' && known.copy_paste === null && room.clock.now() < until) {
    await sleep(200);
    known = (await findPayment(room.db, payment.id)) ?? known;
  }
  return known;
}

function answerKnown(room: RoomParts, payment: PaymentRow): BotChargeAnswer {
  const known = payment.status === 'pending' ? buildOpenCharge(room, payment) : null;
  return known ? { kind: 'created', charge: known } : { kind: 'failed' };
}

async function charge(room: RoomParts, payment: PaymentRow, click: Click | null): Promise<BotChargeAnswer> {
  const opening = room.gateways.open(payment.account_id);
  if (opening.kind === 'closed') return failPayment(room, payment, opening.reason);
  const answer = await makeCharge(room, opening, payment);
  if (answer.kind !== 'created') {
    const level = answer.kind === 'unauthorized' ? 'error' : 'warn';
    room.logger[level]({ paymentId: payment.id, gateway: payment.gateway, why: answer.reason }, 'no charge');
    const hint = answer.kind === 'unauthorized' ? 'the gateway refuses the account’s credentials: ' : '';
    return failPayment(room, payment, `${hint}${answer.reason}`);
  }
  const saved = await saveCharge(room, { payment, account: opening, click, charge: answer.charge });
  const open = saved && buildOpenCharge(room, saved);
  return open ? { kind: 'created', charge: open } : { kind: 'failed' };
}

/** Ends a payment whose charge was not made; nobody has seen a code of it. */
export async function failPayment(
  room: RoomParts,
  payment: PaymentRow,
  reason: string,
): Promise<BotChargeAnswer> {
  const at = new Date(room.clock.now());
  await room.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('payments')
      .set({ status: 'failed', failure: reason, next_check_at: null, updated_at: at })
      .where('id', '=', payment.id)
      .where('status', '=', 'pending')
      .where('gateway_charge_id', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await savePaymentEvent(tx, {
      paymentId: payment.id,
      workspaceId: payment.workspace_id,
      from: 'pending',
      to: 'failed',
      cause: 'charge',
      detail: reason,
      at,
    });
  });
  return { kind: 'failed' };
}

interface MadeCharge {
  readonly payment: PaymentRow;
  readonly account: OpenAccount;
  readonly click: Click | null;
  readonly charge: GatewayCharge;
}

/** Writes the charge down with its InitiateCheckout; undefined if the payment was given up meanwhile. */
async function saveCharge(room: RoomParts, made: MadeCharge): Promise<PaymentRow | undefined> {
  const { payment, charge: given } = made;
  const at = new Date(room.clock.now());
  return room.db.transaction().execute(async (tx) => {
    const owner = await findPaymentByCharge(tx, { accountId: payment.account_id, chargeId: given.chargeId });
    if (owner && owner.id !== payment.id) {
      room.logger.error(
        { paymentId: payment.id, owner: owner.id },
        'the gateway gave one charge to two payments',
      );
      return undefined;
    }
    const saved = await tx
      .updateTable('payments')
      .set({
        gateway_charge_id: given.chargeId,
        copy_paste: given.copyPaste,
        expires_at: given.expiresAt ?? payment.expires_at,
        next_check_at: buildNextCheck(made, at.getTime()),
        updated_at: at,
      })
      .where('id', '=', payment.id)
      .where('status', '=', 'pending')
      .where('gateway_charge_id', 'is', null)
      .returningAll()
      .$narrowType<PaymentRow>()
      .executeTakeFirst();
    if (!saved) return undefined;
    await saveConversions(tx, [buildCheckout(room, made, at)]);
    await savePaymentEvent(tx, {
      paymentId: payment.id,
      workspaceId: payment.workspace_id,
      from: null,
      to: 'pending',
      cause: 'charge',
      detail: `charge ${given.chargeId} at ${made.account.gateway.name}`,
      at,
    });
    return saved;
  });
}

function buildNextCheck({ payment, account, charge: given }: MadeCharge, now: number): Date {
  const expiresAt = (given.expiresAt ?? payment.expires_at)?.getTime() ?? now;
  const minCheckMs = account.gateway.minCheckSeconds * 1000;
  return new Date(
    nextCheckAt({ status: 'pending', createdAt: now, expiresAt, paidAt: null, minCheckMs }, now) ?? now,
  );
}

function buildCheckout(room: RoomParts, { payment, click }: MadeCharge, at: Date) {
  return {
    workspaceId: payment.workspace_id,
    name: 'initiate_checkout',
    eventId: checkoutEventId(payment.id),
    occurredAt: at,
    trackingToken: payment.tracking_token,
    poolId: payment.pool_id,
    botUserId: payment.bot_user_id,
    paymentId: payment.id,
    value: amountOf(payment),
    consent: consentOf(room, payment, click),
    holdUntil: at,
  } as const;
}

/** The charge as the bot shows it; null if there is no code to show. */
function buildOpenCharge(room: Pick<RoomParts, 'publicUrl'>, payment: PaymentRow): OpenCharge | null {
  if (payment.copy_paste === null || payment.expires_at === null) return null;
  const isSimulated = findGateway(payment.gateway)?.isSimulated === true;
  return {
    paymentId: payment.id,
    productName: payment.product_name,
    price: amountOf(payment),
    copyPaste: payment.copy_paste,
    expiresAt: payment.expires_at,
    sandboxUrl: isSimulated ? `${room.publicUrl}/sandbox/charges/${payment.gateway_charge_id}` : null,
  };
}
