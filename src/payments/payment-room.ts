import type { Checkout } from '../bot/checkout.ts';
import { isId } from '../domain/ids.ts';
import { type AskGateway, type CheckResult, checkPayment } from './check-payment.ts';
import { createCharge } from './create-charge.ts';
import { createGatewayCaller } from './gateway-caller.ts';
import { type DeliveryView, recordDeliveryOpened, viewDelivery } from './open-delivery.ts';
import { findPayment, type PaymentRow } from './payment-row.ts';
import { type ReceivedWebhook, receiveWebhook, type WebhookReceipt } from './receive-webhook.ts';
import type { PaymentRoomOptions, RoomParts } from './room-parts.ts';
import { runDueChecks } from './run-due-checks.ts';
import { runDueWebhooks } from './run-due-webhooks.ts';
import {
  openSandboxPsp,
  readWebhookPath,
  type SandboxEvent,
  type SandboxPsp,
  type SandboxWebhook,
} from './sandbox-psp.ts';
import { type Simulation, simulatePayment } from './simulate-payment.ts';

/** Charges, their payments, and everything that the gateways tell of them. */
export interface PaymentRoom {
  /** The bot room's way in. */
  readonly checkout: Checkout;
  /** The sandbox gateway's provider, for its own pages. */
  readonly sandbox: SandboxPsp;
  /** Asks the gateway again; questions for one payment at the same time share one answer. */
  readonly checkPayment: AskGateway;
  receiveWebhook(webhook: ReceivedWebhook): Promise<WebhookReceipt>;
  viewDelivery(deliveryToken: string): Promise<DeliveryView>;
  /** Notes the first opening of the delivery page and lets the server's Purchase go. */
  recordDeliveryOpened(payment: PaymentRow): Promise<void>;
  /** Lets a sandbox payment be paid, expire or be refunded, and settles it. */
  simulate(payment: PaymentRow, event: SandboxEvent): Promise<Simulation>;
  runDueWebhooks(): Promise<number>;
  runDueChecks(): Promise<number>;
}

/** Opens the room; several processes may have it open on one database. */
export function openPaymentRoom(options: PaymentRoomOptions): PaymentRoom {
  const sandbox = openSandboxPsp({ ...options, deliver: (webhook) => deliverToOurselves(room, webhook) });
  const room: RoomParts = { ...options, gateways: createGatewayCaller(options, sandbox.answer) };
  const ask = shareQuestions(room);
  return {
    checkout: {
      createCharge: (request) => createCharge(room, request),
      checkPayment: (paymentId, botUserId) => answerButton(room, ask, { paymentId, botUserId }),
    },
    sandbox,
    checkPayment: ask,
    receiveWebhook: (webhook) => receiveWebhook(room, webhook),
    viewDelivery: (token) => viewDelivery(room, ask, token),
    recordDeliveryOpened: (payment) => recordDeliveryOpened(room, payment),
    simulate: (payment, event) => simulatePayment({ sandbox, ask }, payment, event),
    runDueWebhooks: () => runDueWebhooks(room),
    runDueChecks: () => runDueChecks(room),
  };
}

/** The sandbox's webhooks take the same way as a real gateway's, from the raw body on. */
async function deliverToOurselves(room: RoomParts, webhook: SandboxWebhook): Promise<void> {
  const target = readWebhookPath(webhook.url);
  if (!target) return;
  await receiveWebhook(room, { ...webhook, ...target, gateway: 'sandbox' });
}

/** Reloading a page ten times asks the gateway once. */
function shareQuestions(room: RoomParts): AskGateway {
  const open = new Map<string, Promise<CheckResult>>();
  return (paymentId, question) => {
    const running = open.get(paymentId);
    if (running) return running;
    const asked = checkPayment(room, paymentId, question).finally(() => open.delete(paymentId));
    open.set(paymentId, asked);
    return asked;
  };
}

async function answerButton(
  room: RoomParts,
  ask: AskGateway,
  press: { readonly paymentId: string; readonly botUserId: string },
): ReturnType<Checkout['checkPayment']> {
  const payment = isId(press.paymentId) ? await findPayment(room.db, press.paymentId) : undefined;
  if (payment?.bot_user_id !== press.botUserId) return null;
  const result = await ask(payment.id, { cause: 'button' });
  if (result.kind === 'not_found') return null;
  const { status } = result.payment;
  return status === 'pending' || status === 'paid' ? status : 'closed';
}
