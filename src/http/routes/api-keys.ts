import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import {
  type ApiKeyRow,
  createApiKey,
  findApiKey,
  listApiKeys,
  revokeApiKey,
} from '../../settings/api-keys.ts';
import { findWorkspace } from '../../settings/workspaces.ts';
import { type Actor, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, optionalTimeField, textField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';
import { isRootActor } from '../root-actor.ts';

const scopeField = z.enum(['read', 'write', 'admin']).describe('Each includes those before it.');

const keySchema = z
  .object({
    key_id: z.string(),
    workspace_id: z.string(),
    name: z.string(),
    scope: z.string(),
    prefix: z.string().describe('The key’s first characters; the rest is never shown again.'),
    created_at: timeField,
    last_used_at: optionalTimeField.describe('To about a minute.'),
    revoked_at: optionalTimeField,
  })
  .meta({ id: 'ApiKey', description: 'A key of a program.' });

const createdSchema = z.object({
  key_id: z.string(),
  key: z.string().describe('Shown this once.'),
  name: z.string(),
  scope: z.string(),
  workspace_id: z.string(),
});
const createBody = z.strictObject({
  name: textField(120),
  scope: scopeField.default('read'),
  workspace_id: z.string().optional().describe('Another workspace: only for admins of the first one.'),
});
const workspaceQuery = z.string().optional().describe('Another workspace: only for admins of the first one.');
const tags = ['API keys'];

/** `/api/v1/api-keys`. */
export function registerApiKeyRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerRevoke(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/api-keys',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'List API keys',
        description:
          'The keys of the workspace, revoked ones too, newest first; only their first characters.',
        querystring: pageQuery.extend({ workspace_id: workspaceQuery }),
        response: { 200: pageSchema(keySchema), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, workspace_id } = request.query;
      const workspaceId = await chooseWorkspace(deps, request.actor, workspace_id);
      if (workspaceId === null) return refuse(reply, notFound('workspace'));
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor) };
      const page = buildPage(await listApiKeys(deps.db, wish), limit, (row) => row.key_id);
      return { data: page.rows.map(buildKey), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/api-keys/:id',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Read an API key',
        description: 'One key of the workspace.',
        params: idParams,
        response: { 200: keySchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findApiKey(deps.db, { workspaceId, keyId: request.params.id });
      return row ? buildKey(row) : refuse(reply, notFound('API key'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/api-keys',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Make an API key',
        description:
          'The key is in this answer and nowhere else. An admin of the first workspace may make keys for others.',
        body: createBody,
        response: { 201: createdSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, scope, workspace_id } = request.body;
      const workspaceId = await chooseWorkspace(deps, request.actor, workspace_id);
      if (workspaceId === null)
        return refuse(reply, badField('workspace_id', 'is no workspace that you may make keys for'));
      const { keyId, key } = await createApiKey(deps.db, { workspaceId, name, scope });
      reply.statusCode = 201;
      reply.header('cache-control', 'no-store');
      return { key_id: keyId, key, name, scope, workspace_id: workspaceId };
    },
  );
}

function registerRevoke(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/api-keys/:id',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Revoke an API key',
        description: 'For good. Other processes of this server may take it for five seconds more.',
        params: idParams,
        response: { 200: keySchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, keyId: request.params.id };
      const isKnown = await revokeApiKey(deps.db, { ...key, at: new Date(deps.clock.now()) });
      deps.keys.forget();
      const row = isKnown ? await findApiKey(deps.db, key) : undefined;
      return row ? buildKey(row) : refuse(reply, notFound('API key'));
    },
  );
}

/** The actor's own workspace, or the wished one if it exists and the actor may make keys for it. */
async function chooseWorkspace(
  deps: AppDeps,
  actor: Actor,
  wished: string | undefined,
): Promise<string | null> {
  if (wished === undefined || wished === actor.workspaceId) return actor.workspaceId;
  if (!isId(wished) || !(await isRootActor(deps, actor))) return null;
  return (await findWorkspace(deps.db, wished))?.workspace_id ?? null;
}

function buildKey(row: ApiKeyRow): z.infer<typeof keySchema> {
  return {
    key_id: row.key_id,
    workspace_id: row.workspace_id,
    name: row.name,
    scope: row.scope,
    prefix: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
