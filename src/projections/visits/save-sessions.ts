import { sql, type Transaction } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { PageIds } from './landing-pages.ts';
import { buildStateColumns, type OpenSession, STATE_COLUMNS } from './open-sessions.ts';
import { recordSet } from './record-set.ts';

/** How many items are new in each session, and their pages. */
export interface NewItems {
  readonly pages: PageIds;
  readonly views: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
}

const COLUMNS = {
  session_id: 'text',
  new_views: 'int',
  new_events: 'int',
  first_page_id: 'uuid',
  came_late: 'boolean',
  ...STATE_COLUMNS,
} as const;

/** Writes what is new of the sessions, once their items and touches are stored. Returns those that changed. */
export async function saveSessions(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  { views, events, pages }: NewItems,
): Promise<readonly OpenSession[]> {
  const changed = sessions.filter(
    (session) =>
      session.isNew ||
      views.has(session.sessionId) ||
      events.has(session.sessionId) ||
      JSON.stringify(session.stored) !== JSON.stringify(session.state),
  );
  if (changed.length === 0) return [];
  const rows = changed.map((session) => ({
    session_id: session.sessionId,
    new_views: views.get(session.sessionId) ?? 0,
    new_events: events.get(session.sessionId) ?? 0,
    ...readFirstPage(session, pages),
    ...buildStateColumns(session.state),
  }));
  const from = new Date(Math.min(...changed.map((session) => session.state.startedAt)));
  await sql`
    update sessions as s set started_at = r.started_at, last_activity_at = r.last_activity_at,
      visitor_id = r.visitor_id, consent_ads = r.consent_ads, consent_analytics = r.consent_analytics,
      consent_at = r.consent_at, is_bot_detected = r.is_bot_detected,
      bot_reasons = r.bot_reasons, bot_class = r.bot_class, bot_evidence = r.bot_evidence, fbp = r.fbp, fbc = r.fbc, ttp = r.ttp,
      ga_client_id = r.ga_client_id, metadata = s.metadata || r.metadata,
      total_page_views = s.total_page_views + r.new_views, total_events = s.total_events + r.new_events,
      first_page_id = case when not r.came_late then coalesce(r.first_page_id, s.first_page_id) else coalesce(
        (select v.page_id from page_views v
          where v.session_id = r.session_id and v.created_at >= r.started_at and v.created_at >= ${from}
          order by v.created_at, v.view_id limit 1),
        (select t.page_id from utm_tracking t
          where t.session_id = r.session_id and t.created_at >= r.started_at and t.created_at >= ${from}
          order by t.created_at limit 1)) end
    from ${recordSet(COLUMNS, rows)}
    where s.session_id = r.session_id`.execute(db);
  return changed;
}

/** The first page of a new session; for another one whether it may have changed, which the stored rows then tell. */
function readFirstPage(session: OpenSession, pages: PageIds) {
  const { isNew, totalPageViews, stored, domainId, visits } = session;
  const items = visits.flatMap((visit) => visit.items);
  const views = isNew ? items.filter((item) => item.type === 'page_view') : [];
  const [first] = views.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  if (first !== undefined) return { first_page_id: pages.of(domainId, first.pageUrl), came_late: false };
  const cameLate = totalPageViews === 0 || items.some((item) => item.at < stored.lastActivityAt);
  return { first_page_id: null, came_late: cameLate };
}

/** Marks sessions from which a lead came. */
export async function markConverted(db: Transaction<Database>, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  await sql`
    update sessions set converted = true
    where session_id = any(${sessionIds}::text[]) and not converted`.execute(db);
}
