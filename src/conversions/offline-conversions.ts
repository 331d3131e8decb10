import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

const ROWS_A_ROUND = 200;

/**
 * Takes over sales of leads that are new, restated or retracted, whoever wrote them; returns how many. A changed one
 * is planned again under its next revision. A lead that is not there (yet) has the consent of its workspace.
 */
export async function takeOfflineConversions(db: Kysely<Database>, now: Date): Promise<number> {
  const due = await sql<{ id: string }>`
    select conversion_id as id from offline_conversions
    where conversion_name = 'won' and adopted_revision <> revision
    order by created_at limit ${ROWS_A_ROUND} for update skip locked`.execute(db);
  const ids = due.rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await sql`
    insert into conversions as kept (conversion_id, workspace_id, conversion_name, event_id, occurred_at, lead_id,
      clicked_at, value, currency, consent, hold_until, revision, changed_at, retracted_at)
    select o.conversion_id, o.workspace_id, 'won', 'won_' || o.lead_id, o.conversion_date, o.lead_id,
      coalesce(t.created_at, l.created_at), o.conversion_value,
      case when o.conversion_value is not null then coalesce(o.conversion_currency, w.currency) end,
      coalesce(l.consent_ads, w.default_consent), ${now}, o.revision,
      case when o.revision > 1 then ${now}::timestamptz end, o.retracted_at
    from offline_conversions o join workspaces w on w.workspace_id = o.workspace_id
    left join lateral (select * from leads where leads.lead_id = o.lead_id order by created_at limit 1) l on true
    left join lateral (select created_at from utm_tracking
      where tracking_id = coalesce(o.original_tracking_id, l.utm_tracking_id) limit 1) t on true
    where o.conversion_id = any(${ids}::uuid[])
    on conflict (workspace_id, event_id) do update set value = excluded.value, currency = excluded.currency,
      revision = excluded.revision, changed_at = excluded.changed_at, retracted_at = excluded.retracted_at,
      hold_until = excluded.hold_until, planned_at = null, plan_outcome = null
    where kept.revision < excluded.revision`.execute(db);
  await sql`
    update offline_conversions set adopted_revision = revision where conversion_id = any(${ids}::uuid[])`.execute(
    db,
  );
  return ids.length;
}

/** Brings the choice that a lead's person has made by now to the sales that wait for it. */
export async function followLeadConsent(db: Kysely<Database>): Promise<void> {
  await sql`
    update conversions c set consent = l.consent_ads from leads l
    where c.planned_at is null and c.consent = 'pending' and c.lead_id = l.lead_id
      and l.consent_ads <> 'pending'`.execute(db);
}
