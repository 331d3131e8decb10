import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { listPayments } from '../../payments/list-payments.ts';
import type { PaymentRoom } from '../../payments/payment-room.ts';
import { findPayment, type PaymentRow } from '../../payments/payment-row.ts';
import { type Actor, mayDo, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const text = z.string().nullable();
const time = timeField.nullable();
const statusField = z.enum(['pending', 'paid', 'expired', 'refunded', 'failed']);

const paymentSchema = z
  .object({
    id: z.string(),
    bot_id: z.string(),
    bot_user_id: text,
    customer_user_id: z.string().describe('The Telegram user id.'),
    product_id: text,
    product_name: z.string(),
    amount: z.string().describe('Decimal string.'),
    currency: z.string(),
    status: statusField,
    failure: text.describe('Why the charge was not made, in the gateway’s words.'),
    paid_late: z.boolean().describe('Paid after the charge had expired.'),
    gateway: z.string(),
    account_id: z.string(),
    gateway_charge_id: text,
    end_to_end_id: text.describe('The PIX network’s id of the payment.'),
    copy_paste: text.describe('The PIX code.'),
    tracking_token: text,
    pool_id: text,
    fbclid: text,
    fbp: text,
    fbc: text,
    pageview_event_id: text,
    utm_source: text,
    utm_medium: text,
    utm_campaign: text,
    utm_id: text,
    utm_term: text,
    utm_content: text,
    delivery_token: text.optional().describe('Only for admin keys.'),
    delivery_opened_at: time,
    meta_event_id: text,
    meta_purchase_sent: z.boolean(),
    created_at: timeField,
    expires_at: time,
    paid_at: time,
    refunded_at: time,
    updated_at: timeField,
  })
  .meta({ id: 'Payment', description: 'A charge and what became of it.' });

const listQuery = pageQuery.extend({
  customer_user_id: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a Telegram user id')
    .optional(),
  status: statusField.optional(),
  bot_id: z.string().optional(),
  tracking_token: z.string().optional(),
  suspicious: flagQuery.optional().describe('`true`: only those of suspicious people; `false`: only others.'),
  from: z.iso.datetime({ offset: true }).optional().describe('Made at or after this time.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Made before this time.'),
});
const simulateBody = z
  .strictObject({ event: z.enum(['paid', 'expired', 'refunded']).default('paid') })
  .nullish();
const tags = ['Payments'];

/** What the payment routes need. */
export type PaymentRouteDeps = Pick<AppDeps, 'db'> & { readonly payments: PaymentRoom };

/** `/api/v1/payments`. */
export function registerPaymentRoutes(app: App, deps: PaymentRouteDeps): void {
  registerList(app, deps);
  registerRead(app, deps);
  registerSimulate(app, deps);
}

function registerList(app: App, deps: PaymentRouteDeps): void {
  app.get(
    '/api/v1/payments',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List payments',
        description: 'The payments of the workspace, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(paymentSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, bot_id: botId, ...filter } = request.query;
      if (botId !== undefined && !isId(botId)) return { data: [], next_cursor: null };
      const rows = await listPayments(deps.db, {
        workspaceId: request.actor.workspaceId,
        customerUserId: filter.customer_user_id,
        status: filter.status,
        botId,
        trackingToken: filter.tracking_token,
        suspicious: filter.suspicious,
        from: filter.from === undefined ? undefined : new Date(filter.from),
        to: filter.to === undefined ? undefined : new Date(filter.to),
        before: readCursor(cursor),
        limit: limit + 1,
      });
      const page = buildPage(rows, limit, (row) => row.id);
      return { data: page.rows.map((row) => buildPayment(row, request.actor)), next_cursor: page.nextCursor };
    },
  );
}

function registerRead(app: App, deps: PaymentRouteDeps): void {
  app.get(
    '/api/v1/payments/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a payment',
        description: 'One payment. Admin keys also see `delivery_token`, the last part of the delivery link.',
        params: idParams,
        response: { 200: paymentSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const row = await findOwnPayment(deps, request.actor, request.params.id);
      return row ? buildPayment(row, request.actor) : refuse(reply, notFound('payment'));
    },
  );
}

function registerSimulate(app: App, deps: PaymentRouteDeps): void {
  app.post(
    '/api/v1/payments/:id/simulate',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Let a sandbox payment be paid, expire or be refunded',
        description:
          'Only for payments of the sandbox gateway, 409 for others and for an event that cannot follow on the payment’s status. A repetition is 200 and changes nothing. Without a body: `paid`.',
        params: idParams,
        body: simulateBody,
        response: { 200: paymentSchema, ...errorResponses(401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const row = await findOwnPayment(deps, request.actor, request.params.id);
      if (!row) return refuse(reply, notFound('payment'));
      const event = request.body?.event ?? 'paid';
      const simulation = await deps.payments.simulate(row, event);
      switch (simulation.kind) {
        case 'simulated':
          return buildPayment(simulation.payment, request.actor);
        case 'not_simulated':
          return refuse(
            reply,
            problem(409, 'Not a sandbox payment', `Gateway ${row.gateway} moves real money.`),
          );
        case 'impossible':
          return refuse(
            reply,
            problem(409, 'Not possible', `A payment that is ${row.status} cannot become ${event}.`),
          );
      }
    },
  );
}

async function findOwnPayment(
  deps: PaymentRouteDeps,
  actor: Actor,
  id: string,
): Promise<PaymentRow | undefined> {
  const row = isId(id) ? await findPayment(deps.db, id) : undefined;
  return row?.workspace_id === actor.workspaceId ? row : undefined;
}

const buildTime = (at: Date | null): string | null => at?.toISOString() ?? null;

function buildPayment(row: PaymentRow, actor: Actor): z.infer<typeof paymentSchema> {
  const { delivery_token: deliveryToken, ...shown } = row;
  return {
    ...shown,
    ...(mayDo(actor, 'admin') ? { delivery_token: deliveryToken } : {}),
    delivery_opened_at: buildTime(row.delivery_opened_at),
    created_at: row.created_at.toISOString(),
    expires_at: buildTime(row.expires_at),
    paid_at: buildTime(row.paid_at),
    refunded_at: buildTime(row.refunded_at),
    updated_at: row.updated_at.toISOString(),
  };
}
