import { type Kysely, sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';
import { CLEARED_PAYLOAD } from './retention-rules.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** Why a delivery of an erased person is over. */
const ERASED = 'erased';

/** Stops what is still to be sent of the person, and empties the record of what was; to whom and when stays. */
export async function eraseDeliveries(
  tx: Transaction<Database>,
  { rows, at }: Erasure,
): Promise<Record<string, number>> {
  const ids = [...rows.conversionIds];
  if (ids.length === 0) return {};
  const deliveries = await tx
    .updateTable('deliveries')
    .set({ state: 'skipped', reason: ERASED, settled_at: at, claimed_by: null, claimed_until: null })
    .set({ request_id: null })
    .where('conversion_id', 'in', ids)
    .where('state', '=', 'due')
    .executeTakeFirst();
  const cleared = await clearAttempts(tx, ids);
  await refreshSyncStatus(tx, ids);
  return { deliveries: Number(deliveries.numUpdatedRows), platform_sync_log: cleared };
}

/** Empties the record of what was sent of these conversions; which kinds of data they were stays. */
async function clearAttempts(db: Kysely<Database>, conversionIds: readonly string[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update platform_sync_log set request_payload = ${sql.raw(CLEARED_PAYLOAD)}, response_data = null,
      error_message = null
    where conversion_id = any(${[...conversionIds]}::uuid[])
      and (response_data is not null or error_message is not null or not request_payload ? 'cleared_fields')`.execute(
    db,
  );
  return Number(numAffectedRows);
}

/**
 * Of deliveries whose request is answered now, the conversions whose person was erased while it was under way. They
 * are locked: an erasure that begins now waits, and finds what is written of them.
 */
export async function lockErased(
  db: Kysely<Database>,
  deliveries: readonly { readonly deliveryId: string; readonly conversionId: string }[],
): Promise<readonly string[]> {
  const ids = deliveries.map(({ deliveryId }) => deliveryId);
  const rows = await db
    .selectFrom('deliveries')
    .select(['conversion_id', 'state', 'reason'])
    .where('delivery_id', 'in', ids)
    .orderBy('delivery_id')
    .forUpdate()
    .execute();
  return rows
    .filter(({ state, reason }) => state === 'skipped' && reason === ERASED)
    .map((row) => row.conversion_id);
}

/** Empties what an answer that came after an erasure has written. */
export async function clearErased(db: Kysely<Database>, conversionIds: readonly string[]): Promise<void> {
  if (conversionIds.length > 0) await clearAttempts(db, conversionIds);
}
