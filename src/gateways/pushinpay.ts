import { z } from 'zod';
import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import type { PaymentStatus } from '../domain/payment-status.ts';
import { isSameSecret } from '../domain/same-secret.ts';
import { readEndToEndId, readRetryAfter, readWords } from './answers.ts';
import {
  type ChargeAnswer,
  defineGateway,
  type GatewayAccess,
  type StatusAnswer,
  type WebhookReading,
} from './gateway.ts';

const credentials = z.strictObject({
  /** The account's API token. */
  token: z.string().min(1).max(500),
  /** What the panel sends as `x-pushinpay-token`. */
  webhook_token: z.string().min(1).max(500),
});
type Credentials = z.infer<typeof credentials>;

/**
 * PushinPay: amounts in whole cents, no idempotency key and no reference of ours in a charge, ids whose letter
 * case differs between answer and webhook, webhooks as JSON or as a form, two seconds for our answer.
 */
export const pushinpay = defineGateway<Credentials>({
  id: 'pushinpay',
  name: 'PushinPay',
  isSimulated: false,
  baseUrl: 'https://api.pushinpay.com.br',
  credentials,
  minCents: 50,
  currencies: ['BRL'],
  isRepeatable: false,
  // The vendor asks for no more than about one question a minute and charge.
  minCheckSeconds: 60,
  buildCharge: (order, access) =>
    buildRequest(access, 'POST', '/api/pix/cashIn', {
      value: order.amount.cents,
      webhook_url: order.webhookUrl,
      split_rules: [],
    }),
  readCharge: (response, order) => readCharge(response, order.amount.cents),
  buildStatus: (chargeId, access) =>
    buildRequest(access, 'GET', `/api/transactions/${encodeURIComponent(chargeId)}`, null),
  readStatus,
  verifyWebhook: (delivery, access) =>
    isSameSecret(delivery.headers['x-pushinpay-token'], access.credentials.webhook_token)
      ? { kind: 'verified' }
      : {
          kind: 'refused',
          reason: 'x-pushinpay-token is missing or is not the webhook_token of this account',
        },
  readWebhook: (delivery) => readWebhook(delivery.rawBody),
});

function buildRequest(
  access: GatewayAccess<Credentials>,
  method: 'GET' | 'POST',
  path: string,
  body: object | null,
): HttpRequest {
  return {
    method,
    url: `${access.baseUrl}${path}`,
    headers: {
      authorization: `Bearer ${access.credentials.token}`,
      accept: 'application/json',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body ? JSON.stringify(body) : null,
  };
}

function readCharge(response: HttpResponse, cents: number): ChargeAnswer {
  const body = readJsonObject(response.body);
  const words = readWords(body?.message) ?? readWords(body?.error) ?? `HTTP ${response.status}`;
  if (response.status === 401 || response.status === 403) return { kind: 'unauthorized', reason: words };
  if (response.status === 429)
    return { kind: 'retry', reason: words, retryAfterMs: readRetryAfter(response) };
  if (response.status >= 500) return { kind: 'unknown', reason: words };
  if (response.status >= 400) return { kind: 'refused', reason: words };
  const chargeId = readChargeId(body?.id);
  if (!body || !chargeId || typeof body.qr_code !== 'string' || body.qr_code === '') {
    const isError = body !== null && !chargeId && (body.message !== undefined || body.error !== undefined);
    return isError
      ? { kind: 'refused', reason: words }
      : { kind: 'unknown', reason: 'the answer is not a charge' };
  }
  if (body.value !== undefined && Number(body.value) !== cents) {
    return {
      kind: 'refused',
      reason: `the charge was made over ${String(Number(body.value))} cents, not ${cents}`,
    };
  }
  return { kind: 'created', charge: { chargeId, copyPaste: body.qr_code.trim(), expiresAt: null } };
}

const STATUSES: Readonly<Record<string, PaymentStatus>> = {
  created: 'pending',
  pending: 'pending',
  paid: 'paid',
  canceled: 'expired',
  cancelled: 'expired',
  expired: 'expired',
  refunded: 'refunded',
  chargeback: 'refunded',
};

function readStatus(response: HttpResponse, chargeId: string): StatusAnswer {
  const body = readJsonObject(response.body);
  const words = readWords(body?.message) ?? readWords(body?.error) ?? `HTTP ${response.status}`;
  if (response.status === 401 || response.status === 403) return { kind: 'unauthorized', reason: words };
  if (response.status === 404) return { kind: 'missing', reason: words };
  const retryAfterMs = readRetryAfter(response);
  if (response.status !== 200) return { kind: 'retry', reason: words, retryAfterMs };
  // An unknown charge may also be answered with an empty list or an empty body.
  if (/^\s*(\[\s*\]|null)?\s*$/.test(response.body))
    return { kind: 'missing', reason: 'the answer is empty' };
  const id = readChargeId(body?.id);
  if (!body || !id) return { kind: 'retry', reason: 'the answer is not a charge', retryAfterMs };
  if (id !== chargeId) return { kind: 'retry', reason: 'the answer is about another charge', retryAfterMs };
  const status = STATUSES[String(body.status).toLowerCase()];
  const cents = Number(body.value);
  if (!status)
    return { kind: 'retry', reason: `unknown status ${readWords(body.status) ?? ''}`, retryAfterMs };
  if (body.value === null || body.value === '' || !Number.isSafeInteger(cents)) {
    return { kind: 'retry', reason: 'the answer has no amount', retryAfterMs };
  }
  return {
    kind: 'found',
    state: {
      chargeId: id,
      status,
      amount: { cents, currency: 'BRL' },
      paidAt: null,
      endToEndId: readEndToEndId(body.end_to_end_id),
    },
  };
}

function readWebhook(rawBody: Buffer): WebhookReading {
  const text = rawBody.toString('utf8').trim();
  // The content type does not tell which of the two it is, so the first character does.
  const id = text.startsWith('{') ? readJsonObject(text)?.id : new URLSearchParams(text).get('id');
  const chargeId = readChargeId(id);
  return chargeId
    ? { kind: 'charges', chargeIds: [chargeId] }
    : { kind: 'ignored', reason: 'the webhook names no charge' };
}

/** The id as we keep it: lower case, because API and webhook write it in different cases. */
function readChargeId(value: unknown): string | null {
  return typeof value === 'string' && /^[\w-]{1,100}$/.test(value) ? value.toLowerCase() : null;
}
