import { z } from 'zod';
import { findGateway, gateways } from '../../gateways/registry.ts';
import {
  findGatewayAccount,
  type GatewayAccountRow,
  listGatewayAccounts,
  removeGatewayAccount,
  saveGatewayAccount,
  updateGatewayAccount,
} from '../../settings/gateway-accounts.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, removalSchema, timeField } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';
import { readVendorFields } from '../vendor-fields.ts';

const accountSchema = z
  .object({
    account_id: z.string(),
    gateway: z.string(),
    name: z.string(),
    has_credentials: z.boolean(),
    is_default: z.boolean().describe('New charges of the workspace are made here.'),
    is_active: z.boolean(),
    is_simulated: z.boolean().describe('No money moves: the sandbox.'),
    webhook_url: z.string().describe('Give this address to the gateway.'),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'GatewayAccount', description: 'An account at a payment gateway.' });

const credentialsField = z
  .record(z.string(), z.unknown())
  .describe('Write-only; what each gateway needs: see the list of gateways in the guide.');
const nameField = z.string().trim().max(120);
const createBody = z.strictObject({
  gateway: z.string().describe(`One of: ${gateways.map((gateway) => gateway.id).join(', ')}.`),
  credentials: credentialsField.default({}),
  name: nameField.optional(),
  is_default: z.boolean().optional().describe('The first account is the default anyway.'),
});
const changeBody = z.strictObject({
  credentials: credentialsField.optional(),
  name: nameField.optional(),
  is_default: z.boolean().optional(),
  is_active: z.boolean().optional(),
});
const tags = ['Gateways'];

/** `/api/v1/gateways`. */
export function registerGatewayRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/gateways',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List gateway accounts',
        description: 'The accounts of the workspace, newest first.',
        querystring: pageQuery.extend({ gateway: z.string().optional() }),
        response: { 200: pageSchema(accountSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, gateway } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), gateway };
      const page = buildPage(await listGatewayAccounts(deps.db, wish), limit, (row) => row.account_id);
      return { data: page.rows.map((row) => buildAccount(row, deps)), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/gateways/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a gateway account',
        description: 'One account; its credentials are never shown.',
        params: idParams,
        response: { 200: accountSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findGatewayAccount(deps.db, { workspaceId, accountId: request.params.id });
      return row ? buildAccount(row, deps) : refuse(reply, notFound('gateway account'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/gateways',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a gateway account',
        description:
          'The credentials are checked for their form and kept encrypted. The first account becomes the default.',
        body: createBody,
        response: { 201: accountSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const gateway = findGateway(body.gateway);
      if (!gateway) return refuse(reply, badField('gateway', 'is not a gateway that can be used'));
      const credentials = readVendorFields(gateway.credentials, body.credentials, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const row = await saveGatewayAccount(deps.db, deps.vault, {
        workspaceId: request.actor.workspaceId,
        gateway: gateway.id,
        name: body.name ?? gateway.name,
        credentials: credentials.value,
        isDefault: body.is_default ?? false,
      });
      await followChange(deps);
      reply.statusCode = 201;
      return buildAccount(row, deps);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/gateways/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a gateway account',
        description:
          'Credentials are replaced as a whole. `is_default: true` takes the flag from the account that had it.',
        params: idParams,
        body: changeBody,
        response: { 200: accountSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const key = { workspaceId: request.actor.workspaceId, accountId: request.params.id };
      const before = await findGatewayAccount(deps.db, key);
      const gateway = before && findGateway(before.gateway);
      if (!gateway) return refuse(reply, notFound('gateway account'));
      const credentials = readVendorFields(gateway.credentials.optional(), body.credentials, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const changes = {
        name: body.name,
        credentials: credentials.value,
        isDefault: body.is_active === false ? false : body.is_default,
        isActive: body.is_active,
      };
      const row = await updateGatewayAccount(deps.db, deps.vault, { ...key, changes });
      if (!row) return refuse(reply, notFound('gateway account'));
      await followChange(deps);
      return buildAccount(row, deps);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/gateways/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a gateway account',
        description: 'Deletes it; one that has payments or webhooks is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const result = await removeGatewayAccount(deps.db, { workspaceId, accountId: request.params.id });
      if (result === 'unknown') return refuse(reply, notFound('gateway account'));
      await followChange(deps);
      return { result };
    },
  );
}

function buildAccount(row: GatewayAccountRow, deps: AppDeps): z.infer<typeof accountSchema> {
  return {
    account_id: row.account_id,
    gateway: row.gateway,
    name: row.name,
    has_credentials: true,
    is_default: row.is_default,
    is_active: row.is_active,
    is_simulated: findGateway(row.gateway)?.isSimulated ?? false,
    webhook_url: `${deps.publicUrl}/webhooks/payments/${row.gateway}/${row.account_id}`,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
