import { sql, type Transaction } from 'kysely';
import { buildStableId } from '../../domain/collect-id.ts';
import type { Database } from '../../io/database.gen.ts';
import type { OpenSession } from './open-sessions.ts';
import { recordSet } from './record-set.ts';

/** A visitor; the id alone tells which domain's. */
export interface Visitor {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly visitorId: string;
}

/** The visitors of these sessions, those of before included, each once and in one order everywhere. */
export function listVisitors(
  sessions: readonly Pick<OpenSession, 'workspaceId' | 'domainId' | 'stored' | 'state'>[],
): readonly Visitor[] {
  const visitors = new Map<string, Visitor>();
  for (const { workspaceId, domainId, stored, state } of sessions) {
    for (const visitorId of [stored.visitorId, state.visitorId])
      if (visitorId !== null) visitors.set(visitorId, { workspaceId, domainId, visitorId });
  }
  return [...visitors.values()].sort((a, b) => (a.visitorId < b.visitorId ? -1 : 1));
}

/** A session, and how many of its visitor's came before it. */
export interface ShiftedSession {
  readonly sessionId: string;
  readonly visitorId: string;
  readonly earlier: number;
}

/** Counts the earlier ones of each of the visitors' sessions anew and returns those whose count changed. Two drains take turns at a visitor. */
export async function countReturns(
  db: Transaction<Database>,
  visitors: readonly Visitor[],
): Promise<readonly ShiftedSession[]> {
  const ids = visitors.map(({ visitorId }) => visitorId);
  if (ids.length === 0) return [];
  await sql`
    select pg_advisory_xact_lock(key) from (
      select hashtextextended('visitor:' || id, 0) as key
      from unnest(${ids}::text[]) as id order by 1) as keys`.execute(db);
  const { rows } = await sql<ShiftedSession>`
    with counted as (
      select session_id, row_number() over (partition by visitor_id order by started_at, session_id) - 1 as earlier
      from sessions where visitor_id = any(${ids}::text[]))
    update sessions as s set return_visits = c.earlier from counted c
    where s.session_id = c.session_id and s.return_visits <> c.earlier
    returning s.session_id as "sessionId", s.visitor_id as "visitorId", s.return_visits as earlier`.execute(
    db,
  );
  return rows;
}

const COLUMNS = { journey_id: 'uuid', workspace_id: 'uuid', domain_id: 'uuid', visitor_id: 'text' } as const;

/** Works these visitors' journeys out anew from all their sessions. */
export async function foldJourneys(db: Transaction<Database>, visitors: readonly Visitor[]): Promise<void> {
  const rows = visitors.map(({ workspaceId, domainId, visitorId }) => ({
    journey_id: buildStableId('journey', domainId, visitorId),
    workspace_id: workspaceId,
    domain_id: domainId,
    visitor_id: visitorId,
  }));
  if (rows.length === 0) return;
  await sql`
    insert into visitor_journeys as j (journey_id, workspace_id, domain_id, visitor_id, first_visit_at, last_visit_at,
      total_sessions, total_page_views, converted, conversion_session_id)
    select r.journey_id, r.workspace_id, r.domain_id, r.visitor_id, t.first_visit_at, t.last_visit_at,
      t.total_sessions, t.total_page_views, t.converted, t.conversion_session_id
    from ${recordSet(COLUMNS, rows)} cross join lateral (
      select min(s.started_at) as first_visit_at, max(s.last_activity_at) as last_visit_at,
        count(*) as total_sessions, sum(s.total_page_views) as total_page_views, bool_or(s.converted) as converted,
        (array_agg(s.session_id order by s.started_at, s.session_id) filter (where s.converted))[1]
          as conversion_session_id
      from sessions s where s.visitor_id = r.visitor_id) t
    where t.total_sessions > 0
    on conflict (domain_id, visitor_id) do update set first_visit_at = excluded.first_visit_at,
      last_visit_at = excluded.last_visit_at, total_sessions = excluded.total_sessions,
      total_page_views = excluded.total_page_views, converted = excluded.converted,
      conversion_session_id = excluded.conversion_session_id
    where (j.first_visit_at, j.last_visit_at, j.total_sessions, j.total_page_views, j.conversion_session_id)
      is distinct from (excluded.first_visit_at, excluded.last_visit_at, excluded.total_sessions,
        excluded.total_page_views, excluded.conversion_session_id)`.execute(db);
}

/** Whom the sessions were ascribed to before an earlier item showed that they were another visitor's. */
export const listLeft = (sessions: readonly OpenSession[]): readonly string[] =>
  sessions.flatMap(({ stored, state }) =>
    stored.visitorId !== null && stored.visitorId !== state.visitorId ? [stored.visitorId] : [],
  );

/** Removes the journeys of visitors who have no session any more: they were never here. */
export async function dropJourneys(db: Transaction<Database>, left: readonly string[]): Promise<void> {
  if (left.length === 0) return;
  await sql`
    delete from visitor_journeys j where j.visitor_id = any(${left}::text[])
      and not exists (select from sessions s where s.visitor_id = j.visitor_id)`.execute(db);
}
