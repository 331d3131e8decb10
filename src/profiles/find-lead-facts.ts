import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What is known of a lead when its scores are worked out. */
export interface LeadRiskFacts {
  readonly leadId: string;
  readonly workspaceId: string;
  readonly country: string | null;
  readonly isDatacenter: boolean | null;
  /** The session's mark; false without a session. */
  readonly isBot: boolean;
  /** Null where no visit is known. */
  readonly hasClickId: boolean | null;
  /** Null where no visit is known, as for leads of a file: what hour their person was awake is anybody's guess. */
  readonly accessAt: Date | null;
  /** From the session's start to the form; null where no page was seen before it. */
  readonly seconds: number | null;
  readonly createdAt: Date;
  /** Moments of the leads of the same address, this one included, each person once; ms since 1970. */
  readonly neighbours: readonly number[];
  /** By the database's clock. */
  readonly readAt: Date;
}

/** What scores of these leads are made of; those that are gone are left out. */
export async function findLeadRiskFacts(
  db: Kysely<Database>,
  leadIds: readonly string[],
): Promise<readonly LeadRiskFacts[]> {
  if (leadIds.length === 0) return [];
  const { rows } = await sql<LeadRiskFacts>`
    select l.lead_id as "leadId", l.workspace_id as "workspaceId", l.geo_country as country,
      l.is_datacenter as "isDatacenter", coalesce(s.is_bot_detected, false) as "isBot",
      case when t.has_click_id is not null then t.has_click_id
        when s.session_id is not null and l.utm_tracking_id is null then false end as "hasClickId",
      case when s.session_id is not null then l.created_at end as "accessAt",
      case when exists (select from page_views v where v.session_id = s.session_id
          and v.created_at >= s.started_at and v.created_at < l.created_at)
        then greatest(extract(epoch from l.created_at - s.started_at), 0)::float8 end as seconds,
      l.created_at as "createdAt", n.neighbours, statement_timestamp() as "readAt"
    from leads l
    left join sessions s on s.session_id = l.session_id and s.workspace_id = l.workspace_id
    left join lateral (
      select coalesce(gclid, gbraid, wbraid, fbclid, ttclid, li_fat_id, msclkid) is not null as has_click_id
      from utm_tracking where tracking_id = l.utm_tracking_id and session_id = l.session_id limit 1
    ) t on true
    cross join lateral (
      select coalesce(array_agg(seen), '{}') as neighbours from (
        select (extract(epoch from min(o.created_at)) * 1000)::float8 as seen from leads o
        where o.ip_hash = l.ip_hash and o.workspace_id = l.workspace_id
          and o.created_at between l.created_at - interval '1 minute' and l.created_at + interval '1 minute'
        group by coalesce(o.duplicate_of, o.lead_id)
        order by abs(extract(epoch from min(o.created_at) - l.created_at))
        limit ${MOST_NEIGHBOURS}
      ) same_address
    ) n
    where l.lead_id = any(${[...leadIds]}::uuid[])`.execute(db);
  return rows;
}

/** As many as any sensible threshold needs. */
const MOST_NEIGHBOURS = 200;
