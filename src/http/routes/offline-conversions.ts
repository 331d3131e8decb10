import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import {
  findOfflineConversion,
  listOfflineConversions,
  type OfflineConversionRow,
} from '../../leads/offline-conversions.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, optionalTimeField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';

const SYNC_STATES = ['pending', 'sent', 'failed', 'skipped'] as const;
const nullableText = z.string().nullable();
const syncStatusSchema = z.record(z.string(), z.enum(SYNC_STATES));

const conversionSchema = z
  .object({
    conversion_id: z.string(),
    lead_id: z.string(),
    original_tracking_id: nullableText.describe('The touch that the lead came from.'),
    gclid: nullableText,
    gbraid: nullableText,
    wbraid: nullableText,
    fbclid: nullableText,
    ttclid: nullableText,
    li_fat_id: nullableText,
    conversion_value: nullableText.describe('Decimal string.'),
    conversion_currency: nullableText,
    conversion_date: timeField,
    conversion_name: z.string(),
    sync_status: syncStatusSchema.describe('By platform, the worst of its destinations.'),
    revision: z.int().describe('Grows when the value changes or the sale is retracted.'),
    retracted_at: optionalTimeField,
    created_at: timeField,
  })
  .meta({ id: 'OfflineConversion', description: 'A sale that followed from a lead.' });

const listQuery = pageQuery.extend({
  lead_id: z.string().optional(),
  sync_status: z.enum(SYNC_STATES).optional().describe('The state at any platform.'),
});
const tags = ['Leads'];

/** `GET /api/v1/offline-conversions` and `/:id`. */
export function registerOfflineConversionRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/offline-conversions',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List offline conversions',
        description: 'Sales that followed from leads, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(conversionSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, lead_id: leadId, sync_status: syncStatus } = request.query;
      if (leadId !== undefined && !isId(leadId)) return { data: [], next_cursor: null };
      const { workspaceId } = request.actor;
      const wish = { workspaceId, leadId, syncStatus, before: readCursor(cursor), limit: limit + 1 };
      const rows = await listOfflineConversions(deps.db, wish);
      const page = buildPage(rows, limit, (row) => row.conversion_id);
      return { data: page.rows.map(buildConversion), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/offline-conversions/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read an offline conversion',
        description: 'One sale and how far the news of it has come.',
        params: idParams,
        response: { 200: conversionSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findOfflineConversion(deps.db, { workspaceId, conversionId: request.params.id });
      return row ? buildConversion(row) : refuse(reply, notFound('offline conversion'));
    },
  );
}

const buildConversion = (row: OfflineConversionRow): z.infer<typeof conversionSchema> => ({
  conversion_id: row.conversion_id,
  lead_id: row.lead_id,
  original_tracking_id: row.original_tracking_id,
  gclid: row.gclid,
  gbraid: row.gbraid,
  wbraid: row.wbraid,
  fbclid: row.fbclid,
  ttclid: row.ttclid,
  li_fat_id: row.li_fat_id,
  conversion_value: row.conversion_value,
  conversion_currency: row.conversion_currency,
  conversion_date: row.conversion_date.toISOString(),
  conversion_name: row.conversion_name,
  sync_status: syncStatusSchema.safeParse(row.sync_status).data ?? {},
  revision: row.revision,
  retracted_at: row.retracted_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
});
