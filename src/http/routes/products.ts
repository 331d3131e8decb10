import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { buildDecimal, readDecimal } from '../../domain/money.ts';
import { listKnownBotIds } from '../../settings/bots.ts';
import {
  findProduct,
  listProducts,
  type ProductRow,
  removeProduct,
  saveProduct,
  updateProduct,
} from '../../settings/products.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import {
  amountField,
  currencyField,
  flagQuery,
  httpUrlField,
  idParams,
  removalSchema,
  textField,
  timeField,
} from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, type Problem, refuse } from '../problem.ts';

const productSchema = z
  .object({
    product_id: z.string(),
    bot_id: z.string(),
    name: z.string(),
    amount: z.string().describe('Decimal string.'),
    currency: z.string(),
    delivery_url: z.string(),
    is_active: z.boolean(),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Product', description: 'What a bot sells.' });

const fields = {
  bot_id: z.string(),
  name: textField(120),
  amount: amountField,
  currency: currencyField,
  delivery_url: httpUrlField.describe('Where the buyer gets the product, shown on the delivery page.'),
  is_active: z.boolean(),
};
const createBody = z.strictObject({
  ...fields,
  currency: currencyField.optional().describe('The workspace’s if absent.'),
  is_active: fields.is_active.optional(),
});
const changeBody = z.strictObject(z.object(fields).partial().shape);
const tags = ['Products'];

/** `/api/v1/products`. */
export function registerProductRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/products',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List products',
        description: 'The products of the workspace, newest first.',
        querystring: pageQuery.extend({ bot_id: z.string().optional(), is_active: flagQuery.optional() }),
        response: { 200: pageSchema(productSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, bot_id: botId, is_active: isActive } = request.query;
      if (botId !== undefined && !isId(botId)) return { data: [], next_cursor: null };
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), botId, isActive };
      const page = buildPage(await listProducts(deps.db, wish), limit, (row) => row.product_id);
      return { data: page.rows.map(buildProduct), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/products/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a product',
        description: 'One product.',
        params: idParams,
        response: { 200: productSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findProduct(deps.db, { workspaceId, productId: request.params.id });
      return row ? buildProduct(row) : refuse(reply, notFound('product'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/products',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a product',
        description: 'A product that the bot offers from now on.',
        body: createBody,
        response: { 201: productSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const problem = await checkBot(deps, workspaceId, body.bot_id);
      if (problem) return refuse(reply, problem);
      const currency = body.currency ?? deps.registry.workspace(workspaceId)?.currency ?? 'BRL';
      const row = await saveProduct(deps.db, {
        workspaceId,
        botId: body.bot_id,
        name: body.name,
        price: { cents: readCents(body.amount), currency },
        deliveryUrl: body.delivery_url,
        isActive: body.is_active ?? true,
      });
      await followChange(deps);
      reply.statusCode = 201;
      return buildProduct(row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/products/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a product',
        description: 'Charges that were made keep the old price and name.',
        params: idParams,
        body: changeBody,
        response: { 200: productSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const problem = await checkBot(deps, workspaceId, body.bot_id);
      if (problem) return refuse(reply, problem);
      const changes = {
        botId: body.bot_id,
        name: body.name,
        amountCents: body.amount === undefined ? undefined : readCents(body.amount),
        currency: body.currency,
        deliveryUrl: body.delivery_url,
        isActive: body.is_active,
      };
      const row = await updateProduct(deps.db, { workspaceId, productId: request.params.id, changes });
      if (!row) return refuse(reply, notFound('product'));
      await followChange(deps);
      return buildProduct(row);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/products/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a product',
        description: 'Deletes it; one that was ever charged is kept and taken off sale.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const result = await removeProduct(deps.db, { workspaceId, productId: request.params.id });
      if (result === 'unknown') return refuse(reply, notFound('product'));
      await followChange(deps);
      return { result };
    },
  );
}

async function checkBot(
  deps: AppDeps,
  workspaceId: string,
  botId: string | undefined,
): Promise<Problem | null> {
  if (botId === undefined) return null;
  const known = isId(botId) ? await listKnownBotIds(deps.db, { workspaceId, botIds: [botId] }) : new Set();
  return known.size > 0 ? null : badField('bot_id', 'is no bot of this workspace');
}

/** The schema has checked the amount already. */
function readCents(amount: string): number {
  const cents = readDecimal(amount);
  if (cents === null) throw new Error('an amount passed the schema and is none');
  return cents;
}

function buildProduct(row: ProductRow): z.infer<typeof productSchema> {
  return {
    product_id: row.product_id,
    bot_id: row.bot_id,
    name: row.name,
    amount: buildDecimal(Number(row.amount_cents)),
    currency: row.currency,
    delivery_url: row.delivery_url,
    is_active: row.is_active,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
