import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { STAGE_NAMES } from '../../domain/lead-stages.ts';
import { findLead, listLeads } from '../../leads/find-leads.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams } from '../fields.ts';
import { leadSchema, showLeads } from '../lead-answer.ts';
import { pageSchema } from '../paging.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import { readReader, reasonHeader } from '../reader.ts';
import { buildTimePage, readTimeCursor, timePageQuery } from '../time-cursor.ts';

const timeQuery = z.iso
  .datetime({ offset: true, message: 'must be an RFC 3339 time, like 2026-11-30T12:00:00Z' })
  .transform((text) => new Date(text));

const listQuery = timePageQuery.extend({
  email: z.string().optional().describe('In any case.'),
  external_id: z.string().optional(),
  session_id: z.string().optional(),
  domain_id: z.string().optional(),
  from: timeQuery.optional().describe('From this moment on.'),
  to: timeQuery.optional().describe('Before this moment.'),
  min_score: z.coerce.number().int().min(0).max(100).optional(),
  suspicious: flagQuery.optional().describe('`true`: only suspicious leads; `false`: only others.'),
  stage: z.enum(STAGE_NAMES).optional().describe('The newest stage.'),
});

const tags = ['Leads'];

/** `GET /api/v1/leads` and `GET /api/v1/leads/:id`. */
export function registerLeadRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/leads',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List leads',
        description: 'Leads, newest first. Every lead that is shown is written to `lead_access_log`.',
        querystring: listQuery,
        headers: reasonHeader,
        response: { 200: pageSchema(leadSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, external_id, session_id, domain_id, min_score, ...rest } = request.query;
      if (domain_id !== undefined && !isId(domain_id)) return { data: [], next_cursor: null };
      const found = await listLeads(deps.db, deps.leads, {
        workspaceId: request.actor.workspaceId,
        email: rest.email,
        externalId: external_id,
        sessionId: session_id,
        domainId: domain_id,
        from: rest.from,
        to: rest.to,
        minScore: min_score,
        suspicious: rest.suspicious,
        stage: rest.stage,
        below: readTimeCursor(cursor),
        limit: limit + 1,
      });
      const page = buildTimePage(found, limit, (row) => ({ at: row.created_text, id: row.lead_id }));
      return { data: await showLeads(deps, readReader(request), page.rows), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/leads/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a lead',
        description: 'One lead. The look is written to `lead_access_log`.',
        params: idParams,
        headers: reasonHeader,
        response: { 200: leadSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findLead(deps.db, { workspaceId, leadId: request.params.id });
      const [answer] = row ? await showLeads(deps, readReader(request), [row]) : [];
      return answer ?? refuse(reply, notFound('lead'));
    },
  );
}
