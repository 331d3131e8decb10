import { createHash } from 'node:crypto';
import type { CrmWebhook, WebhookReading } from '../crms/crm.ts';
import { openWithoutToken } from './caller.ts';
import { type CrmConnection, findConnectionById, readConnection } from './connections.ts';
import { insertRows, LOG_BODY_CONTEXT, type NewLogRow } from './due-rows.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** A webhook at its address. */
export interface ReceivedCrmWebhook extends Omit<CrmWebhook, 'url'> {
  readonly connectionId: string;
  /** Path and query exactly as requested. */
  readonly path: string;
}

/** What the CRM is answered: 200, 401 or 404. */
export type CrmWebhookReceipt =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'not_found' };

/**
 * Checks that the CRM sent a webhook and records what it says, sealed, each event once. Nothing else happens here:
 * some CRMs wait a few seconds, so the work is done afterwards. Rejects when the database is away: the CRM tells again.
 */
export async function receiveWebhook(
  room: CrmRoomParts,
  received: ReceivedCrmWebhook,
): Promise<CrmWebhookReceipt> {
  const row = await findConnectionById(room.db, received.connectionId);
  if (!row?.is_active) return { kind: 'not_found' };
  const connection = readConnection(row, room.vault);
  const opening = openWithoutToken(room, connection);
  if (opening.kind !== 'open') return refuse(room, connection, opening.reason);
  const { client } = opening.open;
  const verdict = client.verifyWebhook({ ...received, url: `${room.publicUrl}${received.path}` });
  if (verdict.kind === 'refused') return refuse(room, connection, verdict.reason);
  const readings = client.readWebhook(received.rawBody.toString('utf8'));
  const at = new Date(room.clock.now());
  // A message that names no event is named by the id that is signed with it.
  const messageId = received.headers['webhook-id'];
  const rows = readings.map((reading, index) =>
    buildRow(room, { connection, reading, at, messageId: messageId && `${messageId}:${index}` }),
  );
  await insertRows(room.db, rows);
  return { kind: 'accepted' };
}

interface Event {
  readonly connection: CrmConnection;
  readonly reading: WebhookReading;
  readonly messageId: string | undefined;
  readonly at: Date;
}

function buildRow(room: CrmRoomParts, { connection, reading, messageId, at }: Event): NewLogRow {
  const key = reading.dedupeKey ?? messageId ?? null;
  const isIgnored = reading.kind === 'ignored';
  return {
    workspaceId: connection.workspaceId,
    connectionId: connection.connectionId,
    kind: connection.kind,
    type: 'webhook',
    status: isIgnored ? 'ignored' : 'due',
    reason: isIgnored ? reading.reason : null,
    dedupeKey: key === null ? null : `hook:${connection.connectionId}:${hash(key)}`,
    body: room.vault.seal(reading.raw, LOG_BODY_CONTEXT),
    externalId: readDealId(reading),
    request: { event: key, ...describe(reading) },
    at,
  };
}

/** Ids of CRMs are of any length; the key of an index is not. */
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

function readDealId(reading: WebhookReading): string | null {
  if (reading.kind === 'hint') return reading.dealId;
  return reading.kind === 'change' ? reading.change.dealId : null;
}

function describe(reading: WebhookReading): Readonly<Record<string, unknown>> {
  if (reading.kind === 'hint') return { deal_id: reading.dealId };
  if (reading.kind === 'ignored') return {};
  const { dealId, crmStage, stage, valueCents, currency } = reading.change;
  return { deal_id: dealId, crm_stage: crmStage, stage, value_cents: valueCents, currency };
}

/** Anybody may send us what is refused: it is counted by day and reason, and none of it is kept. */
async function refuse(
  room: CrmRoomParts,
  connection: CrmConnection,
  reason: string,
): Promise<CrmWebhookReceipt> {
  const { connectionId, workspaceId, kind } = connection;
  const at = new Date(room.clock.now());
  room.logger.warn({ connectionId, kind, why: reason }, 'CRM webhook refused');
  const day = at.toISOString().slice(0, 10);
  const row: NewLogRow = {
    workspaceId,
    connectionId,
    kind,
    type: 'webhook',
    status: 'ignored',
    reason: `refused (401): ${reason}`,
    dedupeKey: `refused:${connectionId}:${day}:${hash(reason)}`,
    body: null,
    externalId: null,
    request: { refused: true, day },
    at,
  };
  if ((await insertRows(room.db, [row])) === 0) await countAgain(room, row.dedupeKey ?? '');
  return { kind: 'refused', reason };
}

async function countAgain(room: CrmRoomParts, dedupeKey: string): Promise<void> {
  await room.db
    .updateTable('integrations_log')
    .set(({ eb }) => ({ retry_count: eb('retry_count', '+', 1) }))
    .where('dedupe_key', '=', dedupeKey)
    .execute();
}
