import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/**
 * Works out `offline_conversions.sync_status` of some conversions: for each platform the worst of its destinations
 * (failed > pending > skipped > sent), each destination by its newest word. A change that a platform cannot be told
 * leaves what it was told before. Conversions that are none of leads are passed over. Within the caller's
 * transaction: the rows are locked first, so that of two platforms that answer at once neither is forgotten.
 */
export async function refreshSyncStatus(
  db: Kysely<Database>,
  conversionIds: readonly string[],
): Promise<void> {
  if (conversionIds.length === 0) return;
  const ids = [...new Set(conversionIds)];
  const locked = await db
    .selectFrom('offline_conversions')
    .select('conversion_id')
    .where('conversion_id', 'in', ids)
    .orderBy('conversion_id')
    .forUpdate()
    .execute();
  if (locked.length === 0) return;
  await sql`
    with newest as (
      select distinct on (conversion_id, destination_id) conversion_id, platform, state
      from deliveries
      where conversion_id = any(${locked.map((row) => row.conversion_id)}::uuid[])
      order by conversion_id, destination_id, (state = 'skipped' and action <> 'send'), revision desc),
    worst as (
      select conversion_id, platform, max(case state when 'failed' then 4 when 'due' then 3 when 'skipped' then 2
        else 1 end) as weight
      from newest group by conversion_id, platform),
    status as (
      select conversion_id, jsonb_object_agg(platform, case weight when 4 then 'failed' when 3 then 'pending'
        when 2 then 'skipped' else 'sent' end) as sync_status
      from worst group by conversion_id)
    update offline_conversions o set sync_status = status.sync_status from status
    where o.conversion_id = status.conversion_id and o.sync_status is distinct from status.sync_status`.execute(
    db,
  );
}
