import { z } from 'zod';
import { readPageUrl } from '../../domain/page-url.ts';
import {
  type DomainRow,
  findDomain,
  listDomains,
  removeDomain,
  saveDomain,
  updateDomain,
} from '../../settings/domains.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams, metadataField, removalSchema, textField, timeField } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';
import { unlessTaken } from '../unless-taken.ts';

const domainSchema = z
  .object({
    domain_id: z.string(),
    domain_name: z.string(),
    domain_url: z.string().describe('The site’s origin: `https://example.com`.'),
    allowed_origins: z.array(z.string()).describe('Further origins of the same site.'),
    is_active: z.boolean(),
    metadata: z.record(z.string(), z.unknown()),
    script_tag: z.string().describe('What the site’s pages hold before `</head>`.'),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Domain', description: 'A site that sends its visits and leads here.' });

const originField = z
  .string()
  .max(2000)
  .refine((text) => readPageUrl(text) !== null, 'must be an absolute http:// or https:// address')
  .transform((text) => readPageUrl(text)?.origin ?? text);

const fields = {
  domain_name: textField(120),
  domain_url: originField.describe('Any address of the site; its origin is kept.'),
  allowed_origins: z.array(originField).max(50),
  is_active: z.boolean(),
  metadata: metadataField,
};
const changeBody = z.strictObject(z.object(fields).partial().shape);
const createBody = z.strictObject({
  ...changeBody.shape,
  domain_name: fields.domain_name.optional().describe('The site’s host name if absent.'),
  domain_url: fields.domain_url,
});
const tags = ['Sites'];
const URL_TAKEN = problem(409, 'Address taken', 'This site is in the workspace already.', [
  { path: 'domain_url', message: 'is taken' },
]);

/** `/api/v1/domains`. */
export function registerDomainRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/domains',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List sites',
        description: 'The sites of the workspace, newest first.',
        querystring: pageQuery.extend({ is_active: flagQuery.optional() }),
        response: { 200: pageSchema(domainSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, is_active: isActive } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), isActive };
      const page = buildPage(await listDomains(deps.db, wish), limit, (row) => row.domain_id);
      return { data: page.rows.map((row) => buildDomain(row, deps)), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/domains/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a site',
        description: 'One site with the script tag for its pages.',
        params: idParams,
        response: { 200: domainSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findDomain(deps.db, { workspaceId, domainId: request.params.id });
      return row ? buildDomain(row, deps) : refuse(reply, notFound('domain'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/domains',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a site',
        description: 'Its pages may send visits and leads from now on.',
        body: createBody,
        response: { 201: domainSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const domain = {
        workspaceId: request.actor.workspaceId,
        name: body.domain_name ?? new URL(body.domain_url).hostname,
        origin: body.domain_url,
        allowedOrigins: body.allowed_origins ?? [],
        isActive: body.is_active ?? true,
        metadata: body.metadata ?? {},
      };
      const row = await unlessTaken(() => saveDomain(deps.db, domain));
      if (row === 'taken') return refuse(reply, URL_TAKEN);
      await followChange(deps);
      reply.statusCode = 201;
      return buildDomain(row, deps);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/domains/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a site',
        description: '`allowed_origins` and `metadata` are replaced as a whole.',
        params: idParams,
        body: changeBody,
        response: { 200: domainSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const changes = {
        name: body.domain_name,
        origin: body.domain_url,
        allowedOrigins: body.allowed_origins,
        isActive: body.is_active,
        metadata: body.metadata,
      };
      const key = { workspaceId: request.actor.workspaceId, domainId: request.params.id };
      const row = await unlessTaken(() => updateDomain(deps.db, { ...key, changes }));
      if (row === 'taken') return refuse(reply, URL_TAKEN);
      if (!row) return refuse(reply, notFound('domain'));
      await followChange(deps);
      return buildDomain(row, deps);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/domains/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a site',
        description: 'Deletes it; one that was ever visited is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const result = await removeDomain(deps.db, { workspaceId, domainId: request.params.id });
      if (result === 'unknown') return refuse(reply, notFound('domain'));
      await followChange(deps);
      return { result };
    },
  );
}

function buildDomain(row: DomainRow, { publicUrl }: AppDeps): z.infer<typeof domainSchema> {
  return {
    domain_id: row.domain_id,
    domain_name: row.domain_name,
    domain_url: row.domain_url,
    allowed_origins: row.allowed_origins,
    is_active: row.is_active,
    metadata: metadataField.safeParse(row.metadata).data ?? {},
    script_tag: `<script async src="${publicUrl}/r.js" data-domain="${row.domain_id}"></script>`,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
