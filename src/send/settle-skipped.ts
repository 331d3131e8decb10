import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** Settles deliveries that are not sent at all, each with the reason that its owner reads. */
export async function settleSkipped(
  db: Kysely<Database>,
  {
    claimId,
    skipped,
    at,
  }: {
    readonly claimId: string;
    readonly skipped: readonly { readonly deliveryId: string; readonly reason: string }[];
    readonly at: Date;
  },
): Promise<void> {
  if (skipped.length === 0) return;
  const settled = await sql<{ conversionId: string }>`
    update deliveries d set state = 'skipped', reason = r.reason, settled_at = ${at}, claimed_by = null,
      claimed_until = null
    from json_to_recordset(${JSON.stringify(skipped)}::json) as r("deliveryId" uuid, reason text)
    where d.delivery_id = r."deliveryId" and d.state = 'due' and d.claimed_by = ${claimId}
    returning d.conversion_id as "conversionId"`.execute(db);
  await refreshSyncStatus(
    db,
    settled.rows.map((row) => row.conversionId),
  );
}
