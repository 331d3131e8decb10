import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** One attempt of one delivery. */
export type SyncLogRow = Selectable<Database['platform_sync_log']>;

/** Which attempts are asked for, newest first. */
export interface SyncLogQuestion {
  readonly workspaceId: string;
  readonly conversionId?: string | undefined;
  readonly destinationId?: string | undefined;
  readonly platform?: string | undefined;
  readonly status?: 'success' | 'failed' | 'pending' | undefined;
  /** Goes on below this id. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** Attempts to deliver, newest first: what was sent and what was answered. */
export function listSyncLog(db: Kysely<Database>, question: SyncLogQuestion): Promise<SyncLogRow[]> {
  const { conversionId, destinationId, platform, status, beforeId } = question;
  let query = db.selectFrom('platform_sync_log').selectAll().where('workspace_id', '=', question.workspaceId);
  if (conversionId) query = query.where('conversion_id', '=', conversionId);
  if (destinationId) query = query.where('destination_id', '=', destinationId);
  if (platform) query = query.where('platform', '=', platform);
  if (status) query = query.where('sync_status', '=', status);
  if (beforeId) query = query.where('sync_id', '<', beforeId);
  return query.orderBy('sync_id', 'desc').limit(question.limit).execute();
}

/** What became of the wish to send a failed delivery again. */
export type RetryResult =
  | { readonly kind: 'queued'; readonly deliveryId: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Queues the delivery of a log row again, with the same event id; only one that has failed and is not too old. */
export function retryDelivery(
  db: Kysely<Database>,
  { workspaceId, syncId, at }: { readonly workspaceId: string; readonly syncId: string; readonly at: Date },
): Promise<RetryResult> {
  return db.transaction().execute(async (trx): Promise<RetryResult> => {
    const delivery = await trx
      .selectFrom('platform_sync_log as l')
      .innerJoin('deliveries as d', 'd.delivery_id', 'l.delivery_id')
      .select(['d.delivery_id', 'd.conversion_id', 'd.state', 'd.deadline_at'])
      .where('l.sync_id', '=', syncId)
      .where('l.workspace_id', '=', workspaceId)
      .forUpdate('d')
      .executeTakeFirst();
    if (!delivery) return { kind: 'unknown' };
    if (delivery.state !== 'failed') return { kind: 'refused', reason: NOT_FAILED[delivery.state] ?? '' };
    if (delivery.deadline_at <= at) {
      return { kind: 'refused', reason: 'The platform takes no event as old as this one any more.' };
    }
    await trx
      .updateTable('deliveries')
      .set({ state: 'due', settled_at: null, next_attempt_at: at, claimed_by: null, claimed_until: null })
      .where('delivery_id', '=', delivery.delivery_id)
      .execute();
    await refreshSyncStatus(trx, [delivery.conversion_id]);
    return { kind: 'queued', deliveryId: delivery.delivery_id };
  });
}

const NOT_FAILED: Readonly<Record<string, string>> = {
  due: 'It is waiting to be sent already.',
  sent: 'The platform has taken it.',
  skipped: 'It was left out on purpose; its reason says why.',
};
