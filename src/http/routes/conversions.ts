import { z } from 'zod';
import {
  type DeliverySummary,
  type ListedConversion,
  listConversions,
} from '../../conversions/list-conversions.ts';
import { isId } from '../../domain/ids.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { optionalTimeField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses } from '../problem.ts';

const NAMES = ['page_view', 'view_content', 'initiate_checkout', 'purchase', 'won'] as const;

const deliverySchema = z
  .object({
    delivery_id: z.string(),
    destination_id: z.string(),
    platform: z.string(),
    action: z
      .enum(['send', 'restate', 'retract'])
      .describe('Whether it is told, another value of it, or that it came to nothing.'),
    revision: z.int().describe('Of the conversion.'),
    state: z.enum(['due', 'sent', 'failed', 'skipped']),
    reason: z.string().nullable().describe('Why it failed or was skipped, or what the last refusal said.'),
    attempts: z.int(),
    next_attempt_at: optionalTimeField,
    deadline_at: timeField,
    receipt: z.string().nullable().describe('The platform’s own reference (`fbtrace_id`).'),
    settled_at: optionalTimeField,
  })
  .meta({ id: 'Delivery', description: 'One conversion on its way to one destination.' });

const conversionSchema = z
  .object({
    conversion_id: z.string(),
    conversion_name: z.enum(NAMES),
    event_id: z.string().describe('The id that the browser’s event carries too.'),
    occurred_at: timeField,
    tracking_token: z.string().nullable(),
    pool_id: z.string().nullable(),
    bot_user_id: z.string().nullable(),
    payment_id: z.string().nullable(),
    lead_id: z.string().nullable(),
    revision: z.int().describe('Grows with each new value and each retraction.'),
    retracted_at: optionalTimeField.describe('A sale that was lost or paid back.'),
    value: z.string().nullable().describe('Decimal string.'),
    currency: z.string().nullable(),
    consent: z.enum(['granted', 'denied', 'pending']),
    hold_until: timeField,
    hold_reason: z.string().nullable(),
    planned_at: optionalTimeField,
    plan_outcome: z.string().nullable().describe('Why there are no deliveries, if there are none.'),
    deliveries: z.array(deliverySchema),
  })
  .meta({ id: 'Conversion', description: 'What happened, and how far the news has come.' });

const listQuery = pageQuery.extend({
  tracking_token: z.string().optional(),
  payment_id: z.string().optional(),
  lead_id: z.string().optional(),
  name: z.enum(NAMES).optional(),
});

/** `GET /api/v1/conversions`. */
export function registerConversionRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/conversions',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Deliveries'],
        summary: 'List conversions',
        description: 'Conversions with the state of each delivery, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(conversionSchema), ...errorResponses(401, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, tracking_token, payment_id, lead_id, name } = request.query;
      const ids = [payment_id, lead_id].filter((id) => id !== undefined);
      if (!ids.every(isId)) return { data: [], next_cursor: null };
      const rows = await listConversions(deps.db, {
        workspaceId: request.actor.workspaceId,
        trackingToken: tracking_token,
        paymentId: payment_id,
        leadId: lead_id,
        name,
        beforeId: readCursor(cursor),
        limit: limit + 1,
      });
      const page = buildPage(rows, limit, (row) => row.conversion_id);
      return { data: page.rows.map(buildConversion), next_cursor: page.nextCursor };
    },
  );
}

const buildConversion = (row: ListedConversion): z.infer<typeof conversionSchema> => ({
  conversion_id: row.conversion_id,
  conversion_name: conversionSchema.shape.conversion_name.parse(row.conversion_name),
  event_id: row.event_id,
  occurred_at: row.occurred_at.toISOString(),
  tracking_token: row.tracking_token,
  pool_id: row.pool_id,
  bot_user_id: row.bot_user_id,
  payment_id: row.payment_id,
  lead_id: row.lead_id,
  revision: row.revision,
  retracted_at: row.retracted_at?.toISOString() ?? null,
  value: row.value,
  currency: row.currency,
  consent: conversionSchema.shape.consent.parse(row.consent),
  hold_until: row.hold_until.toISOString(),
  hold_reason: row.hold_reason,
  planned_at: row.planned_at?.toISOString() ?? null,
  plan_outcome: row.plan_outcome,
  deliveries: row.deliveries.map(buildDelivery),
});

const buildDelivery = (row: DeliverySummary): z.infer<typeof deliverySchema> => ({
  delivery_id: row.delivery_id,
  destination_id: row.destination_id,
  platform: row.platform,
  action: deliverySchema.shape.action.parse(row.action),
  revision: row.revision,
  state: deliverySchema.shape.state.parse(row.state),
  reason: row.reason,
  attempts: row.attempts,
  next_attempt_at: row.state === 'due' ? row.next_attempt_at.toISOString() : null,
  deadline_at: row.deadline_at.toISOString(),
  receipt: row.receipt,
  settled_at: row.settled_at?.toISOString() ?? null,
});
