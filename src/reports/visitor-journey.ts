import { type Kysely, type Selectable, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

const MAX_SESSIONS = 50;
const MAX_STEPS = 500;

type Touch = Pick<
  Selectable<Database['utm_tracking']>,
  | 'tracking_id'
  | 'session_id'
  | 'utm_source'
  | 'utm_medium'
  | 'utm_campaign'
  | 'utm_id'
  | 'utm_term'
  | 'utm_content'
  | 'gclid'
  | 'fbclid'
  | 'ttclid'
  | 'li_fat_id'
  | 'referrer'
  | 'page_url'
  | 'created_at'
>;

/** Something that a visitor did in a session, with its moment. */
export interface JourneyStep {
  readonly session_id: string;
  readonly kind: 'page_view' | 'event' | 'lead';
  readonly id: string;
  readonly at: Date;
  /** The page's address, the event's type, the lead's newest stage. */
  readonly what: string | null;
}

/** A session of a journey. */
export interface JourneySession {
  readonly session: Selectable<Database['sessions']>;
  readonly touches: readonly Touch[];
  /** In the order in which they happened. */
  readonly steps: readonly JourneyStep[];
}

/** A visitor's way through a site, over all their sessions. */
export interface VisitorJourney {
  readonly journey: Selectable<Database['visitor_journeys']>;
  /** Oldest first; of many the newest 50, with at most 500 steps in all. */
  readonly sessions: readonly JourneySession[];
}

/** What the visitor is called since the salt of visitor ids was changed: a bookmark of before leads on. */
async function findPresentId(db: Kysely<Database>, visitorId: string): Promise<string> {
  const link = await db
    .selectFrom('ip_hash_links')
    .select('new_hash')
    .where('kind', '=', 'visitor')
    .where('old_hash', '=', visitorId)
    .executeTakeFirst();
  return link?.new_hash ?? visitorId;
}

/** The journey of a visitor of a workspace; undefined if there is none. */
export async function findVisitorJourney(
  db: Kysely<Database>,
  question: { readonly workspaceId: string; readonly visitorId: string },
): Promise<VisitorJourney | undefined> {
  const { workspaceId } = question;
  const visitorId = await findPresentId(db, question.visitorId);
  const journey = await db
    .selectFrom('visitor_journeys')
    .selectAll()
    .where('visitor_id', '=', visitorId)
    .where('workspace_id', '=', workspaceId)
    .orderBy('last_visit_at', 'desc')
    .executeTakeFirst();
  if (!journey) return undefined;
  const sessions = await db
    .selectFrom('sessions')
    .selectAll()
    .where('visitor_id', '=', visitorId)
    .where('workspace_id', '=', workspaceId)
    .where('domain_id', '=', journey.domain_id)
    .orderBy('started_at', 'desc')
    .limit(MAX_SESSIONS)
    .execute();
  const ids = sessions.map((session) => session.session_id);
  const touches = Map.groupBy(await listTouches(db, workspaceId, ids), (touch) => touch.session_id);
  const steps = Map.groupBy(await listSteps(db, workspaceId, ids), (step) => step.session_id);
  return {
    journey,
    sessions: sessions.toReversed().map((session) => ({
      session,
      touches: touches.get(session.session_id) ?? [],
      steps: (steps.get(session.session_id) ?? []).toSorted((a, b) => a.at.getTime() - b.at.getTime()),
    })),
  };
}

async function listTouches(
  db: Kysely<Database>,
  workspaceId: string,
  sessionIds: readonly string[],
): Promise<Touch[]> {
  if (sessionIds.length === 0) return [];
  return db
    .selectFrom('utm_tracking')
    .select(['tracking_id', 'session_id', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_id', 'utm_term'])
    .select(['utm_content', 'gclid', 'fbclid', 'ttclid', 'li_fat_id', 'referrer', 'page_url', 'created_at'])
    .where('session_id', 'in', sessionIds)
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .limit(MAX_STEPS)
    .execute();
}

async function listSteps(
  db: Kysely<Database>,
  workspaceId: string,
  sessionIds: readonly string[],
): Promise<readonly JourneyStep[]> {
  const { rows } = await sql<JourneyStep>`
    select session_id, 'page_view' as kind, view_id as id, created_at as at, page_url as what
      from page_views where session_id = any(${sessionIds}::text[]) and workspace_id = ${workspaceId}
    union all
    select session_id, 'event', event_id, created_at, event_type
      from events where session_id = any(${sessionIds}::text[]) and workspace_id = ${workspaceId}
    union all
    select session_id, 'lead', lead_id, created_at, coalesce(
        (select s.stage_name from lead_stages s where s.lead_id = leads.lead_id
         order by s.created_at desc, s.arrival desc limit 1), 'new')
      from leads where session_id = any(${sessionIds}::text[]) and workspace_id = ${workspaceId}
    order by at desc limit ${MAX_STEPS}`.execute(db);
  return rows;
}
