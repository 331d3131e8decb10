import { type Kysely, sql } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import { buildId } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Database } from '../io/database.gen.ts';
import { markPurchaseSent } from '../payments/mark-purchase-sent.ts';
import type { PlatformEvent } from '../platforms/platform.ts';
import { recordPageviewSent } from '../projections/meta-sessions.ts';
import type { Attempt, ReadyDelivery } from './attempt.ts';
import { clearErased, lockErased } from './erase-deliveries.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** Waits of one delivery between its attempts. */
const DELIVERY_BACKOFF = { baseMs: 1_000, maxMs: 15 * 60_000 };

/** No delivery waits longer for its next attempt; a platform that asks for more slows its whole destination down. */
export const LONGEST_WAIT_MS = DELIVERY_BACKOFF.maxMs;

/** So long a platform is asked about what it has taken for processing, whatever the deadline for sending it. */
const OPEN_FOR = '3 days';

/** An answered request with the deliveries that were in it. */
export interface SettledRequest {
  readonly claimId: string;
  readonly destinationId: string;
  readonly platform: string;
  readonly deliveries: readonly ReadyDelivery[];
  readonly attempt: Attempt;
  /** Its events go again at once in smaller requests, under the same claim. */
  readonly isSplit: boolean;
  /** The event as it may be kept. */
  readonly redact: (event: PlatformEvent) => PlatformEvent;
  /** An id of this request alone, under which its log rows stand. */
  readonly batchId: string;
  readonly at: Date;
}

/** Writes one request's outcome: each delivery's new state, one log row each, and the marks of what was sent. */
export async function settleRequest(db: Kysely<Database>, request: SettledRequest): Promise<void> {
  const erased = await lockErased(db, request.deliveries);
  await updateDeliveries(db, request);
  await insertLogRows(db, request);
  await clearErased(db, erased);
  await markSent(db, request);
  await refreshSyncStatus(
    db,
    request.deliveries.filter(({ conversion }) => conversion.leadId !== null).map((it) => it.conversionId),
  );
}

/** Whether the request's outcome is written already. */
export async function isSettled(
  db: Kysely<Database>,
  { batchId, deliveries }: Pick<SettledRequest, 'batchId' | 'deliveries'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('platform_sync_log')
    .select('sync_id')
    .where('conversion_id', '=', deliveries[0]?.conversionId ?? '')
    .where('batch_id', '=', batchId)
    .executeTakeFirst();
  return row !== undefined;
}

/** What was taken stays taken, even if the lease has ended meanwhile; all else is only for the claim's owner to say. */
async function updateDeliveries(db: Kysely<Database>, request: SettledRequest): Promise<void> {
  const rows = request.deliveries.map((delivery, index) => ({
    delivery_id: delivery.deliveryId,
    ...buildChange(delivery, request, index),
  }));
  await sql`
    update deliveries d set state = r.state, reason = r.reason, receipt = r.receipt, attempts = d.attempts + 1,
      next_attempt_at = r.next_attempt_at, settled_at = r.settled_at, request_id = r.request_id,
      deadline_at = case when r.is_accepted then greatest(d.deadline_at, ${request.at}::timestamptz + ${OPEN_FOR}::interval)
        else d.deadline_at end,
      claimed_by = case when r.keeps_claim then d.claimed_by end,
      claimed_until = case when r.keeps_claim then d.claimed_until end
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(delivery_id uuid, state text, reason text,
      receipt text, next_attempt_at timestamptz, settled_at timestamptz, request_id text, is_accepted boolean,
      keeps_claim boolean)
    where d.delivery_id = r.delivery_id and d.state <> 'sent'
      and (r.state = 'sent' or (d.state = 'due' and d.claimed_by = ${request.claimId}))`.execute(db);
}

function buildChange(delivery: ReadyDelivery, request: SettledRequest, index: number) {
  const { attempt, at } = request;
  const outcome = attempt.outcomes[index];
  const reason = readReason(outcome);
  const open = { request_id: attempt.openRequestId, is_accepted: false, keeps_claim: false };
  const waiting = { ...open, state: 'due', reason, receipt: null, settled_at: null };
  const settled = { ...open, request_id: null, reason, settled_at: at, next_attempt_at: at };
  const later = (wait: number) => new Date(at.getTime() + wait);
  const usualWait = () => backoffMs(DELIVERY_BACKOFF, delivery.attempts + 1);
  if (request.isSplit) return { ...waiting, next_attempt_at: at, keeps_claim: true };
  switch (outcome?.kind) {
    case 'delivered':
      return { ...settled, state: 'sent', receipt: outcome.receipt };
    case 'accepted': {
      const { requestId } = outcome;
      const taken = { request_id: requestId, receipt: requestId, is_accepted: true };
      return { ...waiting, ...taken, next_attempt_at: later(usualWait()) };
    }
    case 'rejected':
      return { ...settled, state: 'failed', receipt: null };
    case 'unauthorized':
      return { ...waiting, next_attempt_at: at };
    default:
      return {
        ...waiting,
        next_attempt_at: later(Math.min(outcome?.retryAfterMs ?? usualWait(), LONGEST_WAIT_MS)),
      };
  }
}

function readReason(outcome: Outcome | undefined): string | null {
  return outcome === undefined || outcome.kind === 'delivered' || outcome.kind === 'accepted'
    ? null
    : outcome.reason;
}

async function insertLogRows(db: Kysely<Database>, request: SettledRequest): Promise<void> {
  const { attempt, deliveries, batchId } = request;
  const rows = deliveries.map((delivery, index) => ({
    sync_id: buildId(),
    workspace_id: delivery.workspaceId,
    conversion_id: delivery.conversionId,
    delivery_id: delivery.deliveryId,
    attempt: delivery.attempts + 1,
    request_payload: request.redact(delivery.event),
    ...buildLogOutcome(attempt.outcomes[index], request.isSplit),
  }));
  await sql`
    insert into platform_sync_log (sync_id, workspace_id, conversion_id, delivery_id, destination_id, batch_id,
      platform, attempt, sync_status, request_payload, response_data, error_message, http_status_code, receipt,
      duration_ms, synced_at)
    select sync_id, workspace_id, conversion_id, delivery_id, ${request.destinationId}::uuid, ${batchId}::uuid,
      ${request.platform}, attempt, sync_status, request_payload, ${buildResponseJson(attempt)}::jsonb,
      error_message, ${attempt.response?.status ?? null}::int, receipt, ${attempt.durationMs}::int,
      ${request.at}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(sync_id uuid, workspace_id uuid, conversion_id uuid,
      delivery_id uuid, attempt int, sync_status text, request_payload jsonb, error_message text, receipt text)
    `.execute(db);
}

function buildLogOutcome(outcome: Outcome | undefined, isSplit: boolean) {
  if (outcome?.kind === 'delivered') {
    return { sync_status: 'success', error_message: null, receipt: outcome.receipt };
  }
  if (outcome?.kind === 'accepted') {
    return { sync_status: 'pending', error_message: null, receipt: outcome.requestId };
  }
  const reason = outcome?.reason ?? null;
  if (isSplit) {
    const message = `its batch was not taken, sent again in smaller ones: ${reason}`;
    return { sync_status: 'pending', error_message: message, receipt: null };
  }
  const isFinal = outcome?.kind === 'rejected';
  return { sync_status: isFinal ? 'failed' : 'pending', error_message: reason, receipt: null };
}

const MAX_KEPT_ANSWER = 4_000;

/** The answer as JSON where it is JSON of a sensible size, else its beginning as text. */
function buildResponseJson({ response }: Attempt): string | null {
  if (!response) return null;
  const { body } = response;
  if (body.length <= MAX_KEPT_ANSWER) {
    try {
      return JSON.stringify(JSON.parse(body)).replaceAll('\\u0000', '');
    } catch {
      // Not JSON: kept as text below.
    }
  }
  return JSON.stringify({ text: body.slice(0, MAX_KEPT_ANSWER).replaceAll('\0', '') });
}

/** The contract's columns `pageview_sent` and `meta_purchase_sent` speak of Meta alone. */
async function markSent(db: Kysely<Database>, request: SettledRequest): Promise<void> {
  if (request.platform !== 'meta') return;
  const sent = request.deliveries.filter(
    (_delivery, index) => request.attempt.outcomes[index]?.kind === 'delivered',
  );
  const of = (name: string) => sent.map(({ conversion }) => conversion).filter((it) => it.name === name);
  const { at } = request;
  await recordPageviewSent(db, {
    trackingTokens: of('page_view').flatMap((it) => it.trackingToken ?? []),
    at,
  });
  await markPurchaseSent(db, { paymentIds: of('purchase').flatMap((it) => it.paymentId ?? []), at });
}
