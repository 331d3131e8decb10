import { createHash } from 'node:crypto';
import type { CrmTrouble, DealReading } from '../crms/crm.ts';
import { findCrm } from '../crms/registry.ts';
import { callCrm, type OpenConnection, openConnection, scrubTrouble } from './caller.ts';
import {
  type CrmConnection,
  listActiveConnections,
  pauseConnection,
  readConnection,
  recordReconciled,
} from './connections.ts';
import { dropOldBodies, insertRows, type NewLogRow } from './due-rows.ts';
import { type Resolved, resolveChange, resolveDeal } from './resolve-change.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** What asking the CRMs brought. */
export interface Reconciliation {
  readonly connections: number;
  /** Stages that no webhook had told. */
  readonly saved: number;
  /** Connections that could not be asked to the end; they are asked again from the same moment on. */
  readonly failed: number;
}

/** CRMs' clocks and ours differ, and a change becomes visible a little after its time. */
const OVERLAP_MS = 10 * 60_000;
const MAX_PAGES = 200;
const KNOWN_DEALS = 1_000;
const KNOWN_FOR_MS = 180 * 86_400_000;
const BODIES_FOR_MS = 30 * 86_400_000;

/** Asks every active connection's CRM (or only those that are polled by day) for what has changed since the last time. */
export async function reconcile(
  room: CrmRoomParts,
  options: { readonly which: 'all' | 'polled'; readonly signal?: AbortSignal },
): Promise<Reconciliation> {
  const rows = await listActiveConnections(room.db);
  const sum = { connections: 0, saved: 0, failed: 0 };
  for (const row of rows) {
    if (options.signal?.aborted) break;
    const crm = findCrm(row.kind);
    const isPolled = crm?.poll?.everySeconds !== null && crm?.poll !== null;
    if (!crm?.hasLookup || row.paused_at !== null || (options.which === 'polled' && !isPolled)) continue;
    sum.connections += 1;
    const end = await reconcileConnection(room, readConnection(row, room.vault));
    sum.saved += end.saved;
    if (end.trouble) sum.failed += 1;
  }
  if (options.which === 'all') await dropOldBodies(room.db, new Date(room.clock.now() - BODIES_FOR_MS));
  return sum;
}

interface ConnectionEnd {
  readonly saved: number;
  readonly trouble: CrmTrouble | null;
}

async function reconcileConnection(room: CrmRoomParts, connection: CrmConnection): Promise<ConnectionEnd> {
  const startedAt = new Date(room.clock.now());
  const opening = await openConnection(room, connection);
  const end =
    opening.kind !== 'open'
      ? { saved: 0, trouble: opening }
      : opening.open.crm.poll
        ? await followPages(room, opening.open)
        : await followKnownDeals(room, opening.open);
  if (end.trouble) await recordTrouble(room, connection, end.trouble);
  else await recordReconciled(room.db, { connectionId: connection.connectionId, at: startedAt });
  return end;
}

/** CRMs that list their deals by the time of their change. */
async function followPages(room: CrmRoomParts, open: OpenConnection): Promise<ConnectionEnd> {
  const from = open.connection.lastReconciledAt ?? open.connection.createdAt;
  const since = new Date(from.getTime() - OVERLAP_MS);
  let saved = 0;
  let page: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const question = { since, page };
    const result = await callCrm(room, open, (client) => client.buildPoll(question));
    if (result.kind !== 'answer') return { saved, trouble: result };
    const answer = open.client.readPoll(result.response);
    if (answer.kind !== 'page') return { saved, trouble: scrubTrouble(answer, open.connection) };
    for (const reading of answer.readings) {
      const end = await takeOver(room, open, reading);
      if (end.kind === 'saved') saved += 1;
      if (isTrouble(end)) return { saved, trouble: end };
    }
    if (answer.next === null) return { saved, trouble: null };
    page = answer.next;
  }
  return {
    saved,
    trouble: { kind: 'retry', reason: 'the list of changes does not end', retryAfterMs: null },
  };
}

async function takeOver(room: CrmRoomParts, open: OpenConnection, reading: DealReading): Promise<Resolved> {
  if (reading.kind === 'ignored') return reading;
  const { change } = reading;
  const end = await resolveChange(room, open, { change, dedupeKey: null, isAsked: false });
  const state = `${change.dealId}:${change.stage}:${change.valueCents ?? ''}`;
  await recordPull(room, open, { end, state, dealId: change.dealId });
  return end;
}

/** CRMs without such a list: the deals that are ours and not over are asked for one by one. */
async function followKnownDeals(room: CrmRoomParts, open: OpenConnection): Promise<ConnectionEnd> {
  const deals = await room.db
    .selectFrom('crm_deals')
    .select('deal_id')
    .where('connection_id', '=', open.connection.connectionId)
    .where((eb) => eb.or([eb('last_stage', 'is', null), eb('last_stage', 'not in', ['won', 'lost'])]))
    .where('updated_at', '>', new Date(room.clock.now() - KNOWN_FOR_MS))
    .orderBy('updated_at', 'desc')
    .limit(KNOWN_DEALS)
    .execute();
  let saved = 0;
  for (const { deal_id: dealId } of deals) {
    const end = await resolveDeal(room, open, { dealId, dedupeKey: null });
    if (isTrouble(end)) return { saved, trouble: end };
    if (end.kind === 'saved') {
      saved += 1;
      await recordPull(room, open, { end, state: `${dealId}:${end.note}:${room.clock.now()}`, dealId });
    }
  }
  return { saved, trouble: null };
}

function isTrouble(end: Resolved): end is CrmTrouble {
  return end.kind === 'retry' || end.kind === 'rejected' || end.kind === 'unauthorized';
}

/** What was made up for, and deals that nobody here knows, each once. */
async function recordPull(
  room: CrmRoomParts,
  { connection }: OpenConnection,
  pulled: { readonly end: Resolved; readonly state: string; readonly dealId: string | null },
): Promise<void> {
  const { end } = pulled;
  if (end.kind !== 'saved' && end.kind !== 'unknown') return;
  await insertRows(room.db, [
    {
      ...buildPullRow(room, connection),
      status: end.kind === 'saved' ? 'success' : 'ignored',
      reason: end.kind === 'saved' ? null : 'no lead has its external id, e-mail or phone',
      dedupeKey: `pull:${connection.connectionId}:${hash(`${end.kind}:${pulled.state}`)}`,
      ...(end.kind === 'saved' ? { leadId: end.leadId } : {}),
      externalId: pulled.dealId,
      request: { deal_id: pulled.dealId, ...(end.kind === 'saved' ? { note: end.note } : {}) },
    },
  ]);
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40);

function buildPullRow(room: CrmRoomParts, connection: CrmConnection) {
  return {
    workspaceId: connection.workspaceId,
    connectionId: connection.connectionId,
    kind: connection.kind,
    type: 'pull',
    body: null,
    at: new Date(room.clock.now()),
  } satisfies Partial<NewLogRow>;
}

async function recordTrouble(
  room: CrmRoomParts,
  connection: CrmConnection,
  trouble: CrmTrouble,
): Promise<void> {
  const at = new Date(room.clock.now());
  if (trouble.kind === 'unauthorized') {
    await pauseConnection(room.db, { connection, reason: trouble.reason, at });
  }
  const { connectionId, kind } = connection;
  room.logger.warn({ connectionId, kind, why: trouble.reason }, 'crm: not reconciled to the end');
  const row = { ...buildPullRow(room, connection), status: 'failed', reason: trouble.reason } as const;
  const day = at.toISOString().slice(0, 10);
  const dedupeKey = `pull-failed:${connectionId}:${day}:${hash(trouble.reason)}`;
  await insertRows(room.db, [{ ...row, dedupeKey, externalId: null, request: { day } }]);
}
