import type { Insertable, Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';

/** A delivery of which something is noted without an attempt. */
export type NotedDelivery = Pick<
  Insertable<Database['deliveries']>,
  'delivery_id' | 'workspace_id' | 'conversion_id' | 'destination_id' | 'platform'
> & { readonly note: string };

/**
 * Notes in the sync log that deliveries were kept back or given back: rows of attempt 0, with nothing sent. They are
 * `pending`, because what was kept back may still be sent.
 */
export async function recordNotes(
  tx: Kysely<Database>,
  noted: readonly NotedDelivery[],
  at: Date,
): Promise<void> {
  if (noted.length === 0) return;
  const rows = noted.map(({ note, ...delivery }) => ({
    ...delivery,
    sync_id: buildId(),
    attempt: 0,
    sync_status: 'pending',
    error_message: note,
    synced_at: at,
  }));
  await tx.insertInto('platform_sync_log').values(rows).execute();
}
