import { z } from 'zod';
import { isTrackingToken } from '../../domain/ids.ts';
import { type FilteredClick, listFiltered, summarizeFiltered } from '../../reports/filtered-visits.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { timeField } from '../fields.ts';
import { pageSchema } from '../paging.ts';
import { errorResponses } from '../problem.ts';

const DAY_MS = 86_400_000;

const countSchema = z.object({ name: z.string(), clicks: z.int() });

const summarySchema = z
  .object({
    clicks: z.int(),
    filtered: z.int().describe('Kept, marked, and out of the counts.'),
    by_reason: z.array(countSchema).describe('A click with two reasons counts for both.'),
    by_class: z.array(countSchema),
    not_clicks: z.array(countSchema).describe('Refused by the gate, or shown without being counted.'),
    site_visits: z
      .object({
        visits: z.int(),
        filtered: z.int(),
        by_reason: z.array(z.object({ name: z.string(), visits: z.int() })),
      })
      .describe('Visits of sites, by the same rules.'),
  })
  .meta({ id: 'FilteredSummary', description: 'What is kept out of the counts, by rule.' });

const clickSchema = z
  .object({
    tracking_token: z.string(),
    pool_id: z.string(),
    bot_reasons: z.array(z.string()).describe('The rules that hold of it.'),
    bot_class: z.string().nullable(),
    client_user_agent: z.string().nullable(),
    ip_hash: z.string().nullable(),
    geo_country: z.string().nullable(),
    asn: z.number().nullable(),
    is_datacenter: z.boolean().nullable(),
    created_at: timeField,
  })
  .meta({ id: 'FilteredVisit', description: 'A click that is taken for a program’s.' });

const periodQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional().describe('30 days ago if not given.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Now if not given; exclusive.'),
});

const listQuery = periodQuery.extend({
  reason: z.string().max(60).optional().describe('Only clicks of this rule.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().refine(isTrackingToken, 'is not a cursor of this list').optional(),
});

/** `GET /api/v1/filtered-visits` and its summary. */
export function registerFilteredVisitRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/filtered-visits',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Clicks'],
        summary: 'List filtered visits',
        description:
          'Clicks that are kept out of the counts because a rule takes them for a program’s, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(clickSchema), ...errorResponses(401, 422) },
      },
    },
    async (request) => {
      const { reason = null, cursor = null, limit } = request.query;
      const { workspaceId } = request.actor;
      const period = readPeriod(request.query, deps.clock.now());
      const rows = await listFiltered(deps.db, {
        ...period,
        workspaceId,
        reason,
        after: cursor,
        limit: limit + 1,
      });
      const shown = rows.slice(0, limit);
      const next_cursor = rows.length > limit ? (shown.at(-1)?.tracking_token ?? null) : null;
      return { data: shown.map(buildAnswer), next_cursor };
    },
  );
  app.get(
    '/api/v1/filtered-visits/summary',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Clicks'],
        summary: 'Count filtered visits',
        description: 'How many clicks each rule keeps out of the counts.',
        querystring: periodQuery,
        response: { 200: summarySchema, ...errorResponses(401, 422) },
      },
    },
    async (request) => {
      const { workspaceId } = request.actor;
      const period = readPeriod(request.query, deps.clock.now());
      return summarySchema.parse(await summarizeFiltered(deps.db, { workspaceId, ...period }));
    },
  );
}

function readPeriod(query: z.infer<typeof periodQuery>, now: number): { from: Date; to: Date } {
  const to = query.to === undefined ? new Date(now) : new Date(query.to);
  return { from: query.from === undefined ? new Date(to.getTime() - 30 * DAY_MS) : new Date(query.from), to };
}

function buildAnswer(row: FilteredClick): z.infer<typeof clickSchema> {
  return { ...row, asn: row.asn === null ? null : Number(row.asn), created_at: row.created_at.toISOString() };
}
