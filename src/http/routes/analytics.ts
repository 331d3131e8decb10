import { z } from 'zod';
import type { Answer, Asked } from '../../reports/analytics/answer.ts';
import { findCampaigns } from '../../reports/analytics/campaigns.ts';
import { findDaily } from '../../reports/analytics/daily.ts';
import { type DayRangeWish, readDayRange } from '../../reports/analytics/day-range.ts';
import { findOffline } from '../../reports/analytics/offline.ts';
import { findOverview } from '../../reports/analytics/overview.ts';
import { findVisitors } from '../../reports/analytics/visitors.ts';
import {
  buildMeta,
  funnelFilter,
  groupByField,
  groupFields,
  idFilter,
  metaFields,
  rangeQuery,
  readFilters,
  rowLimit,
  rowsSchema,
  textFilter,
} from '../analytics-fields.ts';
import { campaignMeasures, funnelMeasures, offlineMeasures, visitorMeasures } from '../analytics-measures.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { badField, errorResponses, notFound, type Problem, refuse } from '../problem.ts';

const tags = ['Analytics'];
const errors = errorResponses(401, 403, 404, 422, 503);
const UP_TO = 'From the materialised views, which are at most five minutes old. Days are the workspace’s.';

/** `GET /api/v1/analytics/…`. */
export function registerAnalyticsRoutes(app: App, deps: AppDeps): void {
  registerDaily(app, deps);
  registerCampaigns(app, deps);
  registerVisitors(app, deps);
  registerOffline(app, deps);
  registerOverview(app, deps);
}

function registerDaily(app: App, deps: AppDeps): void {
  const dimensions = [
    'day',
    'hour',
    'funnel',
    'source',
    'campaign',
    'pool_id',
    'domain_id',
    'country',
  ] as const;
  app.get(
    '/api/v1/analytics/daily',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Conversions by day, hour, source, campaign',
        description: `Visits, leads and sales of both funnels. ${UP_TO}`,
        querystring: z.strictObject({
          ...rangeQuery,
          group_by: groupByField(dimensions, ['day']),
          limit: rowLimit,
          funnel: funnelFilter,
          source: textFilter,
          campaign: textFilter,
          pool_id: idFilter,
          domain_id: idFilter,
          country: textFilter,
        }),
        response: { 200: rowsSchema(funnelMeasures).meta({ id: 'DailyAnalytics' }), ...errors },
      },
    },
    async (request, reply) => {
      const { group_by: groupBy, limit, from, to, timezone, ...filters } = request.query;
      const asked = readAsked(deps, request.actor.workspaceId, { from, to, timezone });
      if ('status' in asked) return refuse(reply, asked);
      return buildAnswer(
        asked,
        await findDaily(deps.db, { ...asked, groupBy, limit, filters: readFilters(filters) }),
      );
    },
  );
}

function registerCampaigns(app: App, deps: AppDeps): void {
  const dimensions = ['day', 'hour', 'source', 'campaign', 'pool_id', 'domain_id'] as const;
  app.get(
    '/api/v1/analytics/campaigns',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Campaigns: cost, revenue, ROI, ROAS',
        description: `Revenue of the bots and of leads won against the ad spend. ${UP_TO}`,
        querystring: z.strictObject({
          ...rangeQuery,
          group_by: groupByField(dimensions, ['campaign']),
          limit: rowLimit,
          source: textFilter,
          campaign: textFilter,
          pool_id: idFilter,
          domain_id: idFilter,
        }),
        response: { 200: rowsSchema(campaignMeasures).meta({ id: 'CampaignAnalytics' }), ...errors },
      },
    },
    async (request, reply) => {
      const { group_by: groupBy, limit, from, to, timezone, ...filters } = request.query;
      const asked = readAsked(deps, request.actor.workspaceId, { from, to, timezone });
      if ('status' in asked) return refuse(reply, asked);
      const question = { ...asked, groupBy, limit, filters: readFilters(filters) };
      return buildAnswer(asked, await findCampaigns(deps.db, question));
    },
  );
}

const visitorSchema = rowsSchema(visitorMeasures)
  .extend({
    events_by_type: z
      .array(z.object({ event_type: z.string(), events: z.int() }))
      .describe('Of the whole range, the most frequent first.'),
  })
  .meta({ id: 'VisitorAnalytics' });

function registerVisitors(app: App, deps: AppDeps): void {
  const dimensions = ['day', 'hour', 'funnel', 'source', 'pool_id', 'domain_id', 'event_type'] as const;
  app.get(
    '/api/v1/analytics/visitors',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'What visitors do',
        description: `Pages a session, bounces, returning visitors, events by type. ${UP_TO}`,
        querystring: z.strictObject({
          ...rangeQuery,
          group_by: groupByField(dimensions, ['day']),
          limit: rowLimit,
          funnel: funnelFilter,
          source: textFilter,
          pool_id: idFilter,
          domain_id: idFilter,
          event_type: textFilter,
        }),
        response: { 200: visitorSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { group_by: groupBy, limit, from, to, timezone, ...filters } = request.query;
      const asked = readAsked(deps, request.actor.workspaceId, { from, to, timezone });
      if ('status' in asked) return refuse(reply, asked);
      const found = await findVisitors(deps.db, { ...asked, groupBy, limit, filters: readFilters(filters) });
      return { ...buildAnswer(asked, found), events_by_type: found.eventsByType.map((one) => ({ ...one })) };
    },
  );
}

function registerOffline(app: App, deps: AppDeps): void {
  const dimensions = ['day', 'hour', 'funnel', 'source', 'campaign', 'channel', 'domain_id'] as const;
  app.get(
    '/api/v1/analytics/offline',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'From lead to sale',
        description: `Of the leads that came in these days: how many were won, how long it took, what they brought. ${UP_TO}`,
        querystring: z.strictObject({
          ...rangeQuery,
          group_by: groupByField(dimensions, ['source']),
          limit: rowLimit,
          funnel: funnelFilter.default('site').describe('`telegram`: people of the bots instead of leads.'),
          source: textFilter,
          campaign: textFilter,
          channel: textFilter,
          domain_id: idFilter,
        }),
        response: { 200: rowsSchema(offlineMeasures).meta({ id: 'OfflineAnalytics' }), ...errors },
      },
    },
    async (request, reply) => {
      const { group_by: groupBy, limit, from, to, timezone, ...filters } = request.query;
      const asked = readAsked(deps, request.actor.workspaceId, { from, to, timezone });
      if ('status' in asked) return refuse(reply, asked);
      const question = { ...asked, groupBy, limit, filters: readFilters(filters) };
      return buildAnswer(asked, await findOffline(deps.db, question));
    },
  );
}

const rowSchema = z.object({ ...groupFields, ...campaignMeasures });
const overviewSchema = z
  .object({
    totals: z.object(campaignMeasures),
    previous: z.object(campaignMeasures).describe('Of as many days before.'),
    by_day: z.array(rowSchema).describe('Days on which something happened.'),
    by_source: z.array(rowSchema).describe('The ten with the highest revenue.'),
    by_campaign: z.array(rowSchema).describe('The ten with the highest revenue.'),
    offline: z.object(offlineMeasures).nullable().describe('Of the sites; null where a pool is asked for.'),
    ...metaFields,
  })
  .meta({ id: 'AnalyticsOverview' });

function registerOverview(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/analytics/overview',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Everything at one look',
        description: `Totals against the days before, by day, the best sources and campaigns. ${UP_TO}`,
        querystring: z.strictObject({
          ...rangeQuery,
          source: textFilter,
          campaign: textFilter,
          pool_id: idFilter,
          domain_id: idFilter,
        }),
        response: { 200: overviewSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { from, to, timezone, ...filters } = request.query;
      const asked = readAsked(deps, request.actor.workspaceId, { from, to, timezone });
      if ('status' in asked) return refuse(reply, asked);
      const found = await findOverview(deps.db, { ...asked, filters: readFilters(filters) });
      return {
        totals: found.totals,
        previous: found.previous,
        by_day: [...found.byDay],
        by_source: [...found.bySource],
        by_campaign: [...found.byCampaign],
        offline: found.offline,
        ...buildMeta(asked, found),
      };
    },
  );
}

/** The days and the money of a question; a problem if the days cannot be answered. */
function readAsked(deps: AppDeps, workspaceId: string, wish: DayRangeWish): Asked | Problem {
  const workspace = deps.registry.workspace(workspaceId);
  if (!workspace) return notFound('workspace');
  const { timezone, currency } = workspace;
  const read = readDayRange(wish, { timezone, now: deps.clock.now() });
  if (read.kind === 'refused') return badField(read.path, read.message);
  return { workspaceId, currency, range: read.range };
}

function buildAnswer<Measures>(asked: Asked, found: Answer<Measures>) {
  return {
    data: [...found.data],
    totals: found.totals,
    is_truncated: found.isTruncated,
    ...buildMeta(asked, found),
  };
}
