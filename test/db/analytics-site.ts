import { randomUUID } from 'node:crypto';
import { buildId } from '../../src/domain/ids.ts';
import { type Parts, type Utm, utmOf } from './analytics-parts.ts';

/** What happens on the site: visits, leads and their stages. */
export const buildSiteAdders = (parts: Parts) => ({ ...buildVisitAdders(parts), ...buildLeadAdders(parts) });

function buildVisitAdders({ db, workspaceId, domainId }: Parts) {
  const addTouch = async (sessionId: string, at: string, utm: Utm) => {
    const tracking_id = randomUUID();
    await db
      .insertInto('utm_tracking')
      .values({
        tracking_id,
        workspace_id: workspaceId,
        session_id: sessionId,
        ...utmOf(utm),
        created_at: at,
      })
      .execute();
    return tracking_id;
  };
  return {
    addTouch,
    async addSession(at: string, session: Utm & { views?: number; returns?: number; isBot?: boolean } = {}) {
      const sessionId = buildId();
      await db
        .insertInto('sessions')
        .values({
          session_id: sessionId,
          workspace_id: workspaceId,
          domain_id: domainId,
          visitor_id: sessionId,
          started_at: at,
          last_activity_at: new Date(Date.parse(at) + 60_000),
          total_page_views: session.views ?? 1,
          return_visits: session.returns ?? 0,
          is_bot_detected: session.isBot ?? false,
        })
        .execute();
      return { sessionId, touchId: await addTouch(sessionId, at, session) };
    },
    addEvent: (sessionId: string, at: string, type: string) =>
      db
        .insertInto('events')
        .values({
          event_id: buildId(),
          workspace_id: workspaceId,
          session_id: sessionId,
          event_type: type,
          created_at: at,
        })
        .execute(),
  };
}

function buildLeadAdders({ db, workspaceId, domainId }: Parts) {
  return {
    async addLead(
      at: string,
      lead: { sessionId?: string; touchId?: string; score?: number; seconds?: number } = {},
    ) {
      const leadId = buildId();
      await db
        .insertInto('leads')
        .values({
          lead_id: leadId,
          workspace_id: workspaceId,
          domain_id: domainId,
          session_id: lead.sessionId ?? null,
          utm_tracking_id: lead.touchId ?? null,
          lead_score: lead.score ?? null,
          time_to_conversion: lead.seconds ?? null,
          created_at: at,
        })
        .execute();
      return leadId;
    },
    addStage: (leadId: string, at: string, stage: { name: string; value?: string; currency?: string }) =>
      db
        .insertInto('lead_stages')
        .values({
          workspace_id: workspaceId,
          lead_id: leadId,
          stage_name: stage.name,
          stage_value: stage.value ?? null,
          currency: stage.currency ?? null,
          created_at: at,
        })
        .execute(),
  };
}
