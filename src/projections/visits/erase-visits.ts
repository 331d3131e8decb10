import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../../domain/erasure.ts';
import type { Database } from '../../io/database.gen.ts';
import { recordSet } from './record-set.ts';

const SESSIONS = { old_id: 'text', new_id: 'text' } as const;

/** Takes the person out of its visits; what happened, on which page and from which campaign stays for the sums. */
export async function eraseVisits(
  tx: Transaction<Database>,
  { sessions, rows }: Erasure,
): Promise<Record<string, number>> {
  if (sessions.size === 0) return {};
  const pairs = recordSet(
    SESSIONS,
    [...sessions].map(([old_id, new_id]) => ({ old_id, new_id })),
  );
  const mine = sql`r.old_id and t.workspace_id = ${rows.workspaceId}`;
  const { rows: visitors } = await sql<{ visitor_id: string }>`
    select distinct t.visitor_id from sessions t join ${pairs} on t.session_id = ${mine}
    where t.visitor_id is not null`.execute(tx);
  const changes = {
    sessions: sql`update sessions as t set session_id = r.new_id, visitor_id = null, metadata = '{}', fbp = null,
      fbc = null, ttp = null, ga_client_id = null, bot_evidence = '[]', consent_ads = 'denied', consent_analytics = 'denied'
      from ${pairs} where t.session_id = ${mine}`,
    utm_tracking: sql`update utm_tracking as t set session_id = r.new_id, gclid = null, gbraid = null, wbraid = null,
      fbclid = null, ttclid = null, li_fat_id = null, msclkid = null, fbc = null, fbp = null, ttp = null,
      ga_client_id = null, referrer = null, page_url = substring(page_url from '^[^?#]*'), url_params = '{}',
      user_agent = null, client_ip = null, ip_hash = null
      from ${pairs} where t.session_id = ${mine}`,
    page_views: sql`update page_views as t set session_id = r.new_id, title = null,
      page_url = substring(page_url from '^[^?#]*')
      from ${pairs} where t.session_id = ${mine}`,
    events: sql`update events as t set session_id = r.new_id, event_label = null, element_id = null,
      element_class = null, event_data = '{}'
      from ${pairs} where t.session_id = ${mine}`,
  };
  const counts: Record<string, number> = {};
  for (const [table, change] of Object.entries(changes)) {
    counts[table] = Number((await change.execute(tx)).numAffectedRows ?? 0n);
  }
  counts.visitor_journeys = await shortenJourneys(
    tx,
    visitors.map((row) => row.visitor_id),
  );
  return counts;
}

/** What other people behind the same address and browser did stays theirs; a journey of nobody goes. */
async function shortenJourneys(tx: Transaction<Database>, visitorIds: readonly string[]): Promise<number> {
  if (visitorIds.length === 0) return 0;
  const shortened = await sql`
    update visitor_journeys as j set first_visit_at = s.first_at, last_visit_at = s.last_at,
      total_sessions = s.sessions, total_page_views = s.views, converted = s.is_converted,
      conversion_session_id = s.converted_id
    from (
      select visitor_id, domain_id, min(started_at) as first_at, max(last_activity_at) as last_at,
        count(*) as sessions, sum(total_page_views) as views, bool_or(converted) as is_converted,
        (array_agg(session_id order by started_at, session_id) filter (where converted))[1] as converted_id
      from sessions where visitor_id = any(${visitorIds}::text[]) group by visitor_id, domain_id) s
    where j.visitor_id = s.visitor_id and j.domain_id = s.domain_id`.execute(tx);
  const removed = await sql`
    delete from visitor_journeys j where j.visitor_id = any(${visitorIds}::text[])
      and not exists (select from sessions s where s.visitor_id = j.visitor_id and s.domain_id = j.domain_id)`.execute(
    tx,
  );
  return Number((shortened.numAffectedRows ?? 0n) + (removed.numAffectedRows ?? 0n));
}
