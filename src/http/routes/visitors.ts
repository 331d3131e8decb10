import { z } from 'zod';
import { buildStorableText } from '../../domain/storable-text.ts';
import { findVisitorJourney, type JourneySession } from '../../reports/visitor-journey.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { timeField } from '../fields.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';

const nullableText = z.string().nullable();

const touchSchema = z.object({
  tracking_id: z.string(),
  utm_source: nullableText,
  utm_medium: nullableText,
  utm_campaign: nullableText,
  utm_id: nullableText,
  utm_term: nullableText,
  utm_content: nullableText,
  gclid: nullableText,
  fbclid: nullableText,
  ttclid: nullableText,
  li_fat_id: nullableText,
  referrer: nullableText,
  page_url: nullableText,
  created_at: timeField,
});

const stepSchema = z.object({
  kind: z.enum(['page_view', 'event', 'lead']),
  id: z.string(),
  what: nullableText.describe('The page’s address, the event’s type, the lead’s newest stage.'),
  at: timeField,
});

const sessionSchema = z.object({
  session_id: z.string(),
  started_at: timeField,
  last_activity_at: timeField,
  total_page_views: z.int(),
  total_events: z.int(),
  return_visits: z.int(),
  converted: z.boolean(),
  touches: z.array(touchSchema),
  steps: z.array(stepSchema).describe('In the order in which they happened.'),
});

const journeySchema = z
  .object({
    journey_id: z.string(),
    visitor_id: z.string(),
    domain_id: z.string(),
    first_visit_at: timeField,
    last_visit_at: timeField,
    total_sessions: z.int(),
    total_page_views: z.int(),
    converted: z.boolean(),
    conversion_session_id: nullableText,
    sessions: z.array(sessionSchema).describe('Oldest first; of many the newest 50.'),
  })
  .meta({ id: 'VisitorJourney', description: 'A visitor’s way through a site, over all their sessions.' });

/** What PostgreSQL cannot hold is the name of nobody in it. */
const params = z.object({ visitor_id: z.string().refine((id) => id === buildStorableText(id, id.length)) });

/** `GET /api/v1/visitors/:visitor_id/journey`. */
export function registerVisitorRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/visitors/:visitor_id/journey',
    {
      onRequest: requireScope('read'),
      schema: {
        tags: ['Visitors'],
        summary: 'Read a visitor’s journey',
        description: 'Sessions, touches, page views, events and leads of one visitor.',
        params,
        response: { 200: journeySchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const found = await findVisitorJourney(deps.db, { workspaceId, visitorId: request.params.visitor_id });
      if (!found) return refuse(reply, notFound('visitor'));
      const { journey, sessions } = found;
      return {
        journey_id: journey.journey_id,
        visitor_id: journey.visitor_id,
        domain_id: journey.domain_id,
        first_visit_at: journey.first_visit_at.toISOString(),
        last_visit_at: journey.last_visit_at.toISOString(),
        total_sessions: journey.total_sessions,
        total_page_views: journey.total_page_views,
        converted: journey.converted,
        conversion_session_id: journey.conversion_session_id,
        sessions: sessions.map(buildSession),
      };
    },
  );
}

const buildSession = ({ session, touches, steps }: JourneySession): z.infer<typeof sessionSchema> => ({
  session_id: session.session_id,
  started_at: session.started_at.toISOString(),
  last_activity_at: session.last_activity_at.toISOString(),
  total_page_views: session.total_page_views,
  total_events: session.total_events,
  return_visits: session.return_visits,
  converted: session.converted,
  touches: touches.map(({ session_id: _session, created_at, ...touch }) => ({
    ...touch,
    created_at: created_at.toISOString(),
  })),
  steps: steps.map(({ kind, id, what, at }) => ({ kind, id, what, at: at.toISOString() })),
});
