import { type Kysely, type Selectable, sql } from 'kysely';
import type { CrmTrouble } from '../crms/crm.ts';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { CallRecord } from './record.ts';

/** Something owed to a CRM, or told by one: the row is the job. */
export type LogRow = Selectable<Database['integrations_log']>;

/** A connection with something due. */
export interface CrmLane {
  readonly connectionId: string;
  /** Its credentials were refused: one row goes, to see whether they are good again. */
  readonly isPaused: boolean;
}

/** Context of the sealed bodies in `integrations_log`. */
export const LOG_BODY_CONTEXT = 'integrations_log.body';

const LEASE_MS = 120_000;
const PROBE_MS = 15 * 60_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Waits after each failed attempt: three days in all, as Standard Webhooks advises. */
const WAITS_MS: readonly number[] = [
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  21 * HOUR,
];

/** Active connections with something due; a paused one when its next probe is. */
export async function findLanes(db: Kysely<Database>, now: Date): Promise<CrmLane[]> {
  const { rows } = await sql<CrmLane>`
    select c.connection_id as "connectionId", c.paused_at is not null as "isPaused"
    from crm_connections c
    where c.is_active and (c.paused_at is null or c.paused_at <= ${new Date(now.getTime() - PROBE_MS)})
      and exists (select 1 from integrations_log l where l.connection_id = c.connection_id and l.status = 'due'
        and l.next_attempt_at <= ${now})`.execute(db);
  return rows;
}

/** Takes due rows of a connection, oldest first, for the length of a lease. */
export async function claimRows(
  db: Kysely<Database>,
  claim: { readonly connectionId: string; readonly limit: number; readonly now: Date },
): Promise<LogRow[]> {
  const rows = await db
    .updateTable('integrations_log')
    .set({
      next_attempt_at: new Date(claim.now.getTime() + LEASE_MS),
      attempts: sql<number>`attempts + 1`,
    })
    .where('log_id', 'in', (select) =>
      select
        .selectFrom('integrations_log')
        .select('log_id')
        .where('connection_id', '=', claim.connectionId)
        .where('status', '=', 'due')
        .where('next_attempt_at', '<=', claim.now)
        .orderBy('next_attempt_at')
        .limit(claim.limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
  return rows.sort((a, b) => a.created_at.getTime() - b.created_at.getTime());
}

/** Gives rows back without an attempt counted: their connection is paused, or the process ends. */
export async function releaseRows(
  db: Kysely<Database>,
  { logIds, at }: { readonly logIds: readonly string[]; readonly at: Date },
): Promise<void> {
  if (logIds.length === 0) return;
  await db
    .updateTable('integrations_log')
    .set({ next_attempt_at: at, attempts: sql<number>`greatest(attempts - 1, 0)` })
    .where('log_id', 'in', [...logIds])
    .where('status', '=', 'due')
    .execute();
}

/** What a row has come to. */
export interface RowEnd {
  readonly status: 'success' | 'ignored' | 'failed' | 'due';
  readonly reason: string | null;
  /** For `due`. */
  readonly nextAttemptAt?: Date;
  readonly leadId?: string | null;
  readonly externalId?: string | null;
  /** The calls that were made, or what was understood. */
  readonly request?: unknown;
  readonly response?: unknown;
}

/** What working on a row came to: an end, or a trouble with what there is to record of the attempt. */
export type RowWork =
  | { readonly kind: 'end'; readonly end: RowEnd }
  | {
      readonly kind: 'trouble';
      readonly trouble: CrmTrouble;
      readonly calls: Pick<RowEnd, 'request' | 'response'>;
    };

/** Writes the end of an attempt, or that there will be another. */
export async function settleRow(
  db: Kysely<Database>,
  row: LogRow,
  { end, at }: { readonly end: RowEnd; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('integrations_log')
    .set({
      status: end.status,
      error_message: end.reason?.slice(0, 1000) ?? null,
      retry_count: Math.max(0, row.attempts - 1),
      next_attempt_at: end.nextAttemptAt ?? at,
      processed_at: end.status === 'due' ? null : at,
      ...(end.leadId === undefined ? {} : { lead_id: end.leadId }),
      ...(end.externalId === undefined ? {} : { external_id: end.externalId }),
      ...(end.request === undefined ? {} : { request_data: JSON.stringify(end.request) }),
      ...(end.response === undefined ? {} : { response_data: JSON.stringify(end.response) }),
      // What has done its work is not kept; what was ignored may be read again with other settings.
      ...(end.status === 'success' ? { body: null } : {}),
    })
    .where('log_id', '=', row.log_id)
    // An erasure has ended the row: nothing of the person is written after it.
    .where('status', '=', 'due')
    .execute();
}

/** The end that a trouble means for a row: another attempt with jitter, or a dead letter. */
export function buildTroubleEnd(
  trouble: CrmTrouble,
  row: Pick<LogRow, 'attempts'>,
  now: number,
): Pick<RowEnd, 'status' | 'reason' | 'nextAttemptAt'> {
  const { reason } = trouble;
  if (trouble.kind === 'rejected') return { status: 'failed', reason };
  if (trouble.kind === 'unauthorized') return { status: 'due', reason, nextAttemptAt: new Date(now) };
  const wait = WAITS_MS[row.attempts - 1];
  if (wait === undefined) return { status: 'failed', reason: `given up after three days; last: ${reason}` };
  const jittered = wait * (0.8 + 0.4 * Math.random());
  return {
    status: 'due',
    reason,
    nextAttemptAt: new Date(now + Math.max(jittered, trouble.retryAfterMs ?? 0)),
  };
}

/** Keeps a finished step of a push at once: the process may die before the next. */
export async function saveProgress(db: Kysely<Database>, row: LogRow, progress: unknown): Promise<void> {
  await db
    .updateTable('integrations_log')
    .set({ progress: JSON.stringify(progress) })
    .where('log_id', '=', row.log_id)
    .where('status', '=', 'due')
    .execute();
}

/** A row that something from outside makes; the same `dedupeKey` makes it once. */
export interface NewLogRow {
  readonly workspaceId: string;
  readonly connectionId: string;
  readonly kind: string;
  readonly type: 'webhook' | 'pull';
  readonly status: 'due' | 'success' | 'ignored' | 'failed';
  readonly reason: string | null;
  readonly dedupeKey: string | null;
  readonly body: Buffer | null;
  readonly leadId?: string;
  readonly externalId: string | null;
  readonly request: unknown;
  readonly at: Date;
}

/** Inserts rows; those whose key is known stay as they are. Returns how many are new. */
export async function insertRows(db: Kysely<Database>, rows: readonly NewLogRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const inserted = await db
    .insertInto('integrations_log')
    .values(
      rows.map((row) => ({
        log_id: buildId(row.at.getTime()),
        workspace_id: row.workspaceId,
        connection_id: row.connectionId,
        lead_id: row.leadId ?? null,
        integration_type: row.type,
        integration_name: row.kind,
        status: row.status,
        request_data: JSON.stringify(row.request),
        error_message: row.reason?.slice(0, 1000) ?? null,
        dedupe_key: row.dedupeKey,
        body: row.body,
        external_id: row.externalId,
        next_attempt_at: row.at,
        created_at: row.at,
        processed_at: row.status === 'due' ? null : row.at,
      })),
    )
    .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
    .returning('log_id')
    .execute();
  return inserted.length;
}

/** Forgets what webhooks brought long ago; their rows stay. Returns how many. */
export async function dropOldBodies(db: Kysely<Database>, before: Date): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('integrations_log')
    .set({ body: null })
    .where('body', 'is not', null)
    .where('created_at', '<', before)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** The calls of a push as the row keeps them. */
export const buildCallColumns = (calls: readonly CallRecord[]) => ({
  request: calls.map(({ step, request }) => ({ step, ...request })),
  response: calls.map(({ step, response, duration_ms }) => ({ step, duration_ms, ...response })),
});
