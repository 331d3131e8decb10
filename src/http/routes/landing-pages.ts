import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { readPageUrl } from '../../domain/page-url.ts';
import { findDomain } from '../../settings/domains.ts';
import {
  findLandingPage,
  type LandingPageRow,
  listLandingPages,
  removeLandingPage,
  saveLandingPage,
  updateLandingPage,
} from '../../settings/landing-pages.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams, removalSchema, textField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, type Problem, problem, refuse } from '../problem.ts';
import { unlessTaken } from '../unless-taken.ts';

const pageShape = z
  .object({
    page_id: z.string(),
    domain_id: z.string(),
    page_url: z.string().describe('Without query and fragment.'),
    page_name: z.string().nullable(),
    page_variant: z.string().nullable(),
    is_control: z.boolean(),
    ab_test_id: z.string().nullable(),
    is_active: z.boolean(),
    created_at: timeField,
  })
  .meta({ id: 'LandingPage', description: 'A page of a site; visits make the ones that are not there yet.' });

const fields = {
  page_url: z
    .string()
    .max(2000)
    .refine((text) => readPageUrl(text) !== null, 'must be an absolute http:// or https:// address')
    .describe('Query and fragment are left out.'),
  page_name: textField(200).nullable(),
  page_variant: textField(120).nullable().describe('The variant’s name in its A/B test.'),
  is_control: z.boolean(),
  ab_test_id: z.guid().nullable(),
  is_active: z.boolean(),
};
const changeBody = z.strictObject(z.object(fields).partial().shape);
const createBody = z.strictObject({ ...changeBody.shape, domain_id: z.string(), page_url: fields.page_url });
const tags = ['Sites'];
const URL_TAKEN = problem(409, 'Address taken', 'The site has a page of this address already.', [
  { path: 'page_url', message: 'is taken' },
]);

/** `/api/v1/landing-pages`. */
export function registerLandingPageRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/landing-pages',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List landing pages',
        description: 'The pages of the workspace’s sites, newest first.',
        querystring: pageQuery.extend({ domain_id: z.string().optional(), is_active: flagQuery.optional() }),
        response: { 200: pageSchema(pageShape), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, domain_id: domainId, is_active: isActive } = request.query;
      if (domainId !== undefined && !isId(domainId)) return { data: [], next_cursor: null };
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), domainId, isActive };
      const page = buildPage(await listLandingPages(deps.db, wish), limit, (row) => row.page_id);
      return { data: page.rows.map(buildLandingPage), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/landing-pages/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a landing page',
        description: 'One page.',
        params: idParams,
        response: { 200: pageShape, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findLandingPage(deps.db, { workspaceId, pageId: request.params.id });
      return row ? buildLandingPage(row) : refuse(reply, notFound('landing page'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/landing-pages',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a landing page',
        description: 'Only needed to name a page or a variant before its first visit.',
        body: createBody,
        response: { 201: pageShape, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const wrong = await checkAddress(deps, { workspaceId, domainId: body.domain_id, url: body.page_url });
      if (wrong) return refuse(reply, wrong);
      const page = {
        workspaceId,
        domainId: body.domain_id,
        pageUrl: readPageUrl(body.page_url)?.url ?? body.page_url,
        pageName: body.page_name ?? null,
        pageVariant: body.page_variant ?? null,
        isControl: body.is_control ?? false,
        abTestId: body.ab_test_id ?? null,
        isActive: body.is_active ?? true,
      };
      const row = await unlessTaken(() => saveLandingPage(deps.db, page));
      if (row === 'taken') return refuse(reply, URL_TAKEN);
      reply.statusCode = 201;
      return buildLandingPage(row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/landing-pages/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a landing page',
        description: 'Its name, its place in an A/B test, its address.',
        params: idParams,
        body: changeBody,
        response: { 200: pageShape, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const key = { workspaceId: request.actor.workspaceId, pageId: request.params.id };
      const before = await findLandingPage(deps.db, key);
      if (!before) return refuse(reply, notFound('landing page'));
      const address = { workspaceId: key.workspaceId, domainId: before.domain_id, url: body.page_url };
      const wrong = await checkAddress(deps, address);
      if (wrong) return refuse(reply, wrong);
      const row = await unlessTaken(() => updateLandingPage(deps.db, { ...key, changes: readChanges(body) }));
      if (row === 'taken') return refuse(reply, URL_TAKEN);
      return row ? buildLandingPage(row) : refuse(reply, notFound('landing page'));
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/landing-pages/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a landing page',
        description: 'Deletes it; one that was ever seen is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const result = await removeLandingPage(deps.db, { workspaceId, pageId: request.params.id });
      return result === 'unknown' ? refuse(reply, notFound('landing page')) : { result };
    },
  );
}

interface Address {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly url: string | undefined;
}

/** A page lies on its own site: visits from elsewhere would never be counted for it. */
async function checkAddress(deps: AppDeps, { workspaceId, domainId, url }: Address): Promise<Problem | null> {
  const domain = isId(domainId) ? await findDomain(deps.db, { workspaceId, domainId }) : undefined;
  if (!domain) return badField('domain_id', 'is no domain of this workspace');
  const origin = url === undefined ? domain.domain_url : readPageUrl(url)?.origin;
  const isOwn = origin !== undefined && [domain.domain_url, ...domain.allowed_origins].includes(origin);
  return isOwn ? null : badField('page_url', `must be on ${domain.domain_url} or its allowed origins`);
}

const readChanges = (body: z.infer<typeof changeBody>) => ({
  pageUrl: body.page_url === undefined ? undefined : readPageUrl(body.page_url)?.url,
  pageName: body.page_name,
  pageVariant: body.page_variant,
  isControl: body.is_control,
  abTestId: body.ab_test_id,
  isActive: body.is_active,
});

const buildLandingPage = (row: LandingPageRow): z.infer<typeof pageShape> => ({
  page_id: row.page_id,
  domain_id: row.domain_id,
  page_url: row.page_url,
  page_name: row.page_name,
  page_variant: row.page_variant,
  is_control: row.is_control,
  ab_test_id: row.ab_test_id,
  is_active: row.is_active,
  created_at: row.created_at.toISOString(),
});
