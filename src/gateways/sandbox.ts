import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import type { PaymentStatus } from '../domain/payment-status.ts';
import { isSameSecret } from '../domain/same-secret.ts';
import { readEndToEndId, readWords } from './answers.ts';
import {
  type ChargeAnswer,
  defineGateway,
  type StatusAnswer,
  type WebhookDelivery,
  type WebhookReading,
  type WebhookVerdict,
} from './gateway.ts';

/** Where the sandbox's requests go: not an address of the network, the payment room answers it itself. */
export const SANDBOX_URL = 'sandbox://psp';

const TOLERANCE_MS = 5 * 60_000;

/** A gateway in which no money moves: its charges are paid with a button. Everything else is like a real one. */
export const sandbox = defineGateway<Record<string, never>>({
  id: 'sandbox',
  name: 'Sandbox',
  isSimulated: true,
  baseUrl: SANDBOX_URL,
  credentials: z.strictObject({}),
  minCents: 1,
  currencies: ['BRL'],
  isRepeatable: true,
  minCheckSeconds: 2,
  buildCharge: (order, access) => ({
    method: 'POST',
    url: `${access.baseUrl}/charges`,
    headers: {
      authorization: `Bearer ${access.webhookKey}`,
      'content-type': 'application/json',
      'idempotency-key': order.paymentId,
    },
    body: JSON.stringify({
      value: order.amount.cents,
      webhook_url: order.webhookUrl,
      expires_in: order.expiresInSeconds,
    }),
  }),
  readCharge,
  buildStatus: (chargeId, access) => ({
    method: 'GET',
    url: `${access.baseUrl}/charges/${encodeURIComponent(chargeId)}`,
    headers: { authorization: `Bearer ${access.webhookKey}` },
    body: null,
  }),
  readStatus,
  verifyWebhook: (delivery, access) => verifyWebhook(delivery, access.webhookKey),
  readWebhook,
});

/** The value of `x-sandbox-signature`: the second it was made and the HMAC-SHA-256 of it and the raw body. */
export function buildSandboxSignature(options: {
  readonly rawBody: Buffer;
  readonly key: string;
  readonly at: number;
}): string {
  const seconds = Math.floor(options.at / 1000);
  const mac = createHmac('sha256', options.key).update(`${seconds}.`).update(options.rawBody).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

function verifyWebhook(delivery: WebhookDelivery, key: string): WebhookVerdict {
  const header = delivery.headers['x-sandbox-signature'];
  const seconds = Number(/^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(header ?? '')?.[1] ?? Number.NaN);
  if (!Number.isFinite(seconds))
    return { kind: 'refused', reason: 'x-sandbox-signature is missing or malformed' };
  const expected = buildSandboxSignature({ rawBody: delivery.rawBody, key, at: seconds * 1000 });
  if (!isSameSecret(header, expected)) return { kind: 'refused', reason: 'x-sandbox-signature is wrong' };
  if (Math.abs(delivery.receivedAt - seconds * 1000) > TOLERANCE_MS) {
    return { kind: 'refused', reason: 'x-sandbox-signature is older than 5 minutes' };
  }
  return { kind: 'verified' };
}

function readCharge(response: HttpResponse): ChargeAnswer {
  const body = readJsonObject(response.body);
  const reason = readWords(body?.error) ?? `HTTP ${response.status}`;
  if (response.status === 401) return { kind: 'unauthorized', reason };
  if (response.status >= 500) return { kind: 'unknown', reason };
  if (response.status !== 200) return { kind: 'refused', reason };
  if (typeof body?.id !== 'string' || typeof body.copy_paste !== 'string') {
    return { kind: 'unknown', reason: 'the answer is not a charge' };
  }
  return {
    kind: 'created',
    charge: { chargeId: body.id, copyPaste: body.copy_paste, expiresAt: readTime(body.expires_at) },
  };
}

const STATUSES: Readonly<Record<string, PaymentStatus>> = {
  created: 'pending',
  paid: 'paid',
  expired: 'expired',
  refunded: 'refunded',
};

function readStatus(response: HttpResponse, chargeId: string): StatusAnswer {
  const body = readJsonObject(response.body);
  const reason = readWords(body?.error) ?? `HTTP ${response.status}`;
  if (response.status === 401) return { kind: 'unauthorized', reason };
  if (response.status === 404) return { kind: 'missing', reason };
  const status = STATUSES[String(body?.status)];
  if (response.status !== 200 || body?.id !== chargeId || !status || !Number.isSafeInteger(body.value)) {
    return {
      kind: 'retry',
      reason: response.status === 200 ? 'the answer is not this charge' : reason,
      retryAfterMs: null,
    };
  }
  return {
    kind: 'found',
    state: {
      chargeId,
      status,
      amount: { cents: Number(body.value), currency: 'BRL' },
      paidAt: readTime(body.paid_at),
      endToEndId: readEndToEndId(body.end_to_end_id),
    },
  };
}

function readWebhook(delivery: WebhookDelivery): WebhookReading {
  const body = readJsonObject(delivery.rawBody.toString('utf8'));
  if (typeof body?.event !== 'string' || !body.event.startsWith('charge.')) {
    return {
      kind: 'ignored',
      reason: `event ${readWords(body?.event) ?? 'without a name'} is not about a charge`,
    };
  }
  return typeof body.id === 'string' && body.id !== ''
    ? { kind: 'charges', chargeIds: [body.id] }
    : { kind: 'ignored', reason: 'the webhook names no charge' };
}

function readTime(value: unknown): Date | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time);
}
