import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';
import { CLEARED_PAYLOAD } from './retention-rules.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** Stops what is still to be sent of the person, and empties the record of what was; to whom and when stays. */
export async function eraseDeliveries(
  tx: Transaction<Database>,
  { rows, at }: Erasure,
): Promise<Record<string, number>> {
  const ids = [...rows.conversionIds];
  if (ids.length === 0) return {};
  const deliveries = await tx
    .updateTable('deliveries')
    .set({ state: 'skipped', reason: 'erased', settled_at: at, claimed_by: null, claimed_until: null })
    .set({ request_id: null })
    .where('conversion_id', 'in', ids)
    .where('state', '=', 'due')
    .executeTakeFirst();
  const log = await sql`
    update platform_sync_log set request_payload = ${sql.raw(CLEARED_PAYLOAD)}, response_data = null,
      error_message = null
    where conversion_id = any(${ids}::uuid[])
      and (response_data is not null or error_message is not null or not request_payload ? 'cleared_fields')`.execute(
    tx,
  );
  await refreshSyncStatus(tx, ids);
  return {
    deliveries: Number(deliveries.numUpdatedRows),
    platform_sync_log: Number(log.numAffectedRows ?? 0n),
  };
}
