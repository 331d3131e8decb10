import { z } from 'zod';
import {
  findConnection,
  listConnections,
  removeConnection,
  saveConnection,
  updateConnection,
} from '../../crm-sync/connections.ts';
import { crms, findCrm } from '../../crms/registry.ts';
import { requireScope } from '../auth.ts';
import { buildConnection, connectionSchema } from '../crm-answer.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, removalSchema } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';
import { readVendorFields } from '../vendor-fields.ts';

const jsonField = z.record(z.string(), z.unknown());
const credentialsField = jsonField.describe('Write-only; what each kind needs: see the guide.');
const settingsField = jsonField.describe('What each kind takes: see the guide.');
const nameField = z.string().trim().max(120);
const createBody = z.strictObject({
  kind: z.string().describe(`One of: ${crms.map((crm) => crm.id).join(', ')}.`),
  credentials: credentialsField.default({}),
  settings: settingsField.default({}),
  name: nameField.optional(),
  is_active: z.boolean().optional(),
});
const changeBody = z.strictObject({
  credentials: credentialsField.optional(),
  settings: settingsField.optional(),
  name: nameField.optional(),
  is_active: z.boolean().optional(),
});
const createdSchema = connectionSchema.extend({
  secret: z.string().optional().describe('Shown once, and only if it was made here.'),
});
const tags = ['CRM connections'];

type Deps = Pick<AppDeps, 'db' | 'vault' | 'crm'>;

/** `/api/v1/crm-connections`. */
export function registerCrmConnectionRoutes(app: App, deps: Deps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: Deps): void {
  app.get(
    '/api/v1/crm-connections',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List CRM connections',
        description: 'The connections of the workspace, newest first.',
        querystring: pageQuery.extend({ kind: z.string().optional() }),
        response: { 200: pageSchema(connectionSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, kind } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, kind, limit: limit + 1, before: readCursor(cursor) };
      const page = buildPage(await listConnections(deps.db, wish), limit, (row) => row.connection_id);
      return { data: page.rows.map((row) => buildConnection(row, deps)), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/crm-connections/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a CRM connection',
        description: 'One connection; its credentials are never shown.',
        params: idParams,
        response: { 200: connectionSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, connectionId: request.params.id };
      const row = await findConnection(deps.db, key);
      return row ? buildConnection(row, deps) : refuse(reply, notFound('connection'));
    },
  );
}

function registerCreate(app: App, deps: Deps): void {
  app.post(
    '/api/v1/crm-connections',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a CRM connection',
        description:
          'Leads captured from now on go there. Credentials are checked for their form and kept encrypted; for the kind `webhook` a secret is made and shown once if none is given.',
        body: createBody,
        response: { 201: createdSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const crm = findCrm(body.kind);
      if (!crm) return refuse(reply, badField('kind', 'is not a kind of connection'));
      const made = Object.keys(body.credentials).length === 0 ? crm.makeCredentials() : null;
      const given = made?.credentials ?? body.credentials;
      const credentials = readVendorFields(crm.credentials, given, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const settings = readVendorFields(crm.settings, body.settings, 'settings');
      if (settings.kind === 'bad') return refuse(reply, settings.problem);
      const row = await saveConnection(deps.db, deps.vault, {
        workspaceId: request.actor.workspaceId,
        kind: crm.id,
        name: body.name ?? crm.name,
        credentials: credentials.value,
        settings: settings.value,
        isActive: body.is_active ?? true,
      });
      reply.statusCode = 201;
      return { ...buildConnection(row, deps), ...(made ? { secret: made.secret } : {}) };
    },
  );
}

function registerChange(app: App, deps: Deps): void {
  app.patch(
    '/api/v1/crm-connections/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a CRM connection',
        description:
          'Credentials and settings are replaced as a whole. A change of either ends a pause, and what waited is sent.',
        params: idParams,
        body: changeBody,
        response: { 200: connectionSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const key = { workspaceId: request.actor.workspaceId, connectionId: request.params.id };
      const before = await findConnection(deps.db, key);
      const crm = before && findCrm(before.kind);
      if (!crm) return refuse(reply, notFound('connection'));
      const credentials = readVendorFields(crm.credentials.optional(), body.credentials, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const settings = readVendorFields(crm.settings.optional(), body.settings, 'settings');
      if (settings.kind === 'bad') return refuse(reply, settings.problem);
      const changes = {
        name: body.name,
        credentials: credentials.value,
        settings: settings.value,
        isActive: body.is_active,
      };
      const row = await updateConnection(deps.db, deps.vault, { ...key, changes });
      return row ? buildConnection(row, deps) : refuse(reply, notFound('connection'));
    },
  );
}

function registerRemove(app: App, deps: Deps): void {
  app.delete(
    '/api/v1/crm-connections/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a CRM connection',
        description: 'Deletes it; one that has exchanged anything is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, connectionId: request.params.id };
      const result = await removeConnection(deps.db, key);
      return result === 'unknown' ? refuse(reply, notFound('connection')) : { result };
    },
  );
}
