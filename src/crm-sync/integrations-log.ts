import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { LogRow } from './due-rows.ts';

/** Which rows are asked for, newest first. */
export interface LogQuestion {
  readonly workspaceId: string;
  readonly leadId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly status?: string | undefined;
  readonly type?: string | undefined;
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** What was owed to CRMs and told by them, newest first. */
export function listIntegrationsLog(db: Kysely<Database>, question: LogQuestion): Promise<LogRow[]> {
  const { leadId, connectionId, status, type, beforeId } = question;
  let query = db.selectFrom('integrations_log').selectAll().where('workspace_id', '=', question.workspaceId);
  if (leadId) query = query.where('lead_id', '=', leadId);
  if (connectionId) query = query.where('connection_id', '=', connectionId);
  if (status) query = query.where('status', '=', status);
  if (type) query = query.where('integration_type', '=', type);
  if (beforeId) query = query.where('log_id', '<', beforeId);
  return query.orderBy('log_id', 'desc').limit(question.limit).execute();
}

/** What became of the wish to try a row again. */
export type LogRetry =
  | { readonly kind: 'queued' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Queues a dead letter, or what was ignored, again; its finished steps stay finished. */
export function retryLogRow(
  db: Kysely<Database>,
  { workspaceId, logId, at }: { readonly workspaceId: string; readonly logId: string; readonly at: Date },
): Promise<LogRetry> {
  return db.transaction().execute(async (tx): Promise<LogRetry> => {
    const row = await tx
      .selectFrom('integrations_log')
      .select(['log_id', 'status', 'integration_type', 'body', 'attempts'])
      .where('log_id', '=', logId)
      .where('workspace_id', '=', workspaceId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return { kind: 'unknown' };
    if (row.status === 'due')
      return { kind: 'refused', reason: 'It is waiting for its next attempt already.' };
    if (row.status === 'success') return { kind: 'refused', reason: 'It has done its work.' };
    if (row.integration_type !== 'push' && row.body === null) {
      return {
        kind: 'refused',
        reason: 'What it said is not kept; the reconciliation by night asks the CRM.',
      };
    }
    await tx
      .updateTable('integrations_log')
      // One attempt on record: an earlier one may have been carried out unheard.
      .set({ status: 'due', next_attempt_at: at, processed_at: null, attempts: Math.min(1, row.attempts) })
      .where('log_id', '=', row.log_id)
      .execute();
    return { kind: 'queued' };
  });
}
