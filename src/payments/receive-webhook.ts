import { buildId, isId } from '../domain/ids.ts';
import type { WebhookDelivery, WebhookReading, WebhookVerdict } from '../gateways/gateway.ts';
import type { RoomParts } from './room-parts.ts';

/** A webhook at its address. */
export interface ReceivedWebhook extends Omit<WebhookDelivery, 'receivedAt'> {
  readonly gateway: string;
  readonly accountId: string;
}

/** What the gateway is answered: 200, 401, 404, or 503 so that it tells again. */
export type WebhookReceipt =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'not_found' }
  /** The accounts are not known yet, because the database was away at the start. */
  | { readonly kind: 'away' };

/** Context of the sealed bodies in `gateway_webhooks`. */
const BODY_CONTEXT = 'gateway_webhooks.body';
/** Anybody may send us what is refused, so only its beginning is kept. */
const REFUSED_BYTES = 2_048;

/**
 * Records a webhook as it came and says whether the gateway sent it. Nothing else happens here: some gateways wait
 * two seconds, so the charge is asked for afterwards (`runDueWebhooks`).
 */
export async function receiveWebhook(room: RoomParts, webhook: ReceivedWebhook): Promise<WebhookReceipt> {
  const opening = room.gateways.open(webhook.accountId);
  if (opening.kind === 'closed') return { kind: room.registry.source === 'database' ? 'not_found' : 'away' };
  if (opening.gateway.id !== webhook.gateway) return { kind: 'not_found' };
  const delivery = { ...webhook, receivedAt: room.clock.now() };
  const verdict = opening.client.verifyWebhook(delivery);
  const reading: WebhookReading =
    verdict.kind === 'verified'
      ? opening.gateway.readWebhook(delivery)
      : { kind: 'ignored', reason: verdict.reason };
  await saveWebhook(room, { delivery, webhook, verdict, reading, workspaceId: opening.account.workspaceId });
  if (verdict.kind === 'verified') return { kind: 'accepted' };
  room.logger.warn(
    { accountId: webhook.accountId, gateway: webhook.gateway, why: verdict.reason },
    'webhook refused',
  );
  return { kind: 'refused', reason: verdict.reason };
}

interface SavedWebhook {
  readonly webhook: ReceivedWebhook;
  readonly delivery: WebhookDelivery;
  readonly verdict: WebhookVerdict;
  readonly reading: WebhookReading;
  readonly workspaceId: string;
}

async function saveWebhook(room: RoomParts, saved: SavedWebhook): Promise<void> {
  const { webhook, delivery, verdict, reading } = saved;
  const isVerified = verdict.kind === 'verified';
  const raw = isVerified ? delivery.rawBody : delivery.rawBody.subarray(0, REFUSED_BYTES);
  const at = new Date(delivery.receivedAt);
  const isDue = reading.kind === 'charges';
  const paymentId = isVerified && isId(delivery.query.payment) ? delivery.query.payment : null;
  await room.db
    .insertInto('gateway_webhooks')
    .values({
      webhook_id: buildId(delivery.receivedAt),
      account_id: webhook.accountId,
      workspace_id: saved.workspaceId,
      gateway: webhook.gateway,
      verified: isVerified,
      refusal: isVerified ? null : verdict.reason,
      // The vault seals text; a body need not be UTF-8.
      body: room.vault.seal(raw.toString('base64'), BODY_CONTEXT),
      content_type: delivery.headers['content-type']?.slice(0, 200) ?? null,
      charge_ids: isDue ? [...reading.chargeIds] : [],
      payment_id: paymentId,
      state: isDue ? 'due' : isVerified ? 'ignored' : 'refused',
      outcome: isDue ? null : reading.reason,
      next_attempt_at: at,
      received_at: at,
      settled_at: isDue ? null : at,
    })
    .execute();
}
