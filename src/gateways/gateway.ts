import type { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { Money } from '../domain/money.ts';
import type { PaymentStatus } from '../domain/payment-status.ts';

/** What an adapter may use of an account. */
export interface GatewayAccess<Credentials> {
  readonly credentials: Credentials;
  /** No trailing slash. */
  readonly baseUrl: string;
  /** A secret of ours for this account, for gateways whose webhooks carry one that we choose. */
  readonly webhookKey: string;
}

/** A charge that we want made. */
export interface ChargeOrder {
  readonly paymentId: string;
  readonly amount: Money;
  /** What is sold, for the gateways that show it. */
  readonly description: string;
  /** Where the gateway tells of this charge; holds our payment id, because some gateways keep no reference of ours. */
  readonly webhookUrl: string;
  readonly expiresInSeconds: number;
}

/** A charge as the gateway made it. */
export interface GatewayCharge {
  readonly chargeId: string;
  /** The PIX code as text. */
  readonly copyPaste: string;
  /** Null where the gateway does not say. */
  readonly expiresAt: Date | null;
}

/** What an answer to the making of a charge means. */
export type ChargeAnswer =
  | { readonly kind: 'created'; readonly charge: GatewayCharge }
  /** The gateway will not make this charge; in its words. HTTP 200 may be one. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The credentials are refused: the owner has to act. */
  | { readonly kind: 'unauthorized'; readonly reason: string }
  /** Surely not made; asking again later is safe. */
  | { readonly kind: 'retry'; readonly reason: string; readonly retryAfterMs: number | null }
  /** It cannot be told whether a charge was made. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** A charge as the gateway sees it now. */
export interface ChargeState {
  /** As we keep it: lower case where the gateway's letter case wanders. */
  readonly chargeId: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  /** Null where the gateway does not say. */
  readonly paidAt: Date | null;
  /** The PIX network's own id of the payment. */
  readonly endToEndId: string | null;
}

/** What an answer to the question for a charge means. */
export type StatusAnswer =
  | { readonly kind: 'found'; readonly state: ChargeState }
  /** The gateway knows no such charge (yet). */
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'unauthorized'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly retryAfterMs: number | null };

/** A webhook as it came. */
export interface WebhookDelivery {
  readonly rawBody: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** When it came, ms since the epoch; for signatures with a time. */
  readonly receivedAt: number;
}

/** Whether the gateway sent a webhook. `reason` is for the owner and holds no secret. */
export type WebhookVerdict =
  | { readonly kind: 'verified' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Which charges a webhook speaks of; what it says of them is only a hint and is not even read. */
export type WebhookReading =
  | { readonly kind: 'charges'; readonly chargeIds: readonly string[] }
  | { readonly kind: 'ignored'; readonly reason: string };

/** A payment gateway: one value, pure; the payment room sends its requests and keeps its charges. */
export interface GatewayDefinition<Credentials> {
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  /** No money moves; everything is marked so. */
  readonly isSimulated: boolean;
  /** The real service; a setting may replace it. */
  readonly baseUrl: string;
  readonly credentials: z.ZodType<Credentials>;
  /** The smallest charge that the gateway takes, in cents. */
  readonly minCents: number;
  readonly currencies: readonly string[];
  /** Whether making the same payment's charge twice gives the same charge. */
  readonly isRepeatable: boolean;
  /** The shortest time between two questions for one charge, in seconds. */
  readonly minCheckSeconds: number;
  buildCharge(order: ChargeOrder, access: GatewayAccess<Credentials>): HttpRequest;
  readCharge(response: HttpResponse, order: ChargeOrder): ChargeAnswer;
  buildStatus(chargeId: string, access: GatewayAccess<Credentials>): HttpRequest;
  readStatus(response: HttpResponse, chargeId: string): StatusAnswer;
  verifyWebhook(delivery: WebhookDelivery, access: GatewayAccess<Credentials>): WebhookVerdict;
  readWebhook(delivery: WebhookDelivery): WebhookReading;
}

/** The account's side of a gateway: its credentials are checked and held. */
export interface GatewayClient {
  buildCharge(order: ChargeOrder): HttpRequest;
  buildStatus(chargeId: string): HttpRequest;
  verifyWebhook(delivery: WebhookDelivery): WebhookVerdict;
}

/** A client, or what is wrong with the stored credentials (names of fields, never values). */
export type GatewayOpening =
  | { readonly kind: 'open'; readonly client: GatewayClient }
  | { readonly kind: 'invalid'; readonly reason: string };

/** A gateway whose credentials' type is closed in, so that all gateways stand in one list. */
export interface Gateway
  extends Omit<GatewayDefinition<unknown>, 'credentials' | 'buildCharge' | 'buildStatus' | 'verifyWebhook'> {
  readonly credentials: z.ZodType;
  open(access: GatewayAccess<unknown>): GatewayOpening;
}

/** Closes a definition's type of credentials in. */
export function defineGateway<Credentials>(definition: GatewayDefinition<Credentials>): Gateway {
  const { buildCharge, buildStatus, verifyWebhook, ...rest } = definition;
  return {
    ...rest,
    open: (access) => {
      const parsed = definition.credentials.safeParse(access.credentials);
      if (!parsed.success) {
        const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'credentials');
        return { kind: 'invalid', reason: `${definition.name}: check ${[...new Set(fields)].join(', ')}` };
      }
      const own = { ...access, credentials: parsed.data };
      return {
        kind: 'open',
        client: {
          buildCharge: (order) => buildCharge(order, own),
          buildStatus: (chargeId) => buildStatus(chargeId, own),
          verifyWebhook: (delivery) => verifyWebhook(delivery, own),
        },
      };
    },
  };
}
