import { z } from 'zod';
import { findPlatform, platforms } from '../../platforms/registry.ts';
import { type DestinationHealth, listDestinationHealth } from '../../reports/destination-health.ts';
import {
  type DestinationChanges,
  type DestinationRow,
  findDestination,
  listDestinations,
  removeDestination,
  saveDestination,
  updateDestination,
} from '../../settings/destinations.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { buildHealth, healthFields } from '../destination-health.ts';
import { idParams, removalSchema, timeField } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, problem, refuse } from '../problem.ts';
import { readVendorFields } from '../vendor-fields.ts';

const destinationSchema = z
  .object({
    destination_id: z.string(),
    pool_id: z.string().nullable().describe('The pool whose own pixel this is.'),
    platform: z.string(),
    name: z.string(),
    has_credentials: z.boolean(),
    settings: z.record(z.string(), z.unknown()),
    is_active: z.boolean(),
    ...healthFields,
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Destination', description: 'An account at an ad platform that conversions are sent to.' });

const vendorField = z.record(z.string(), z.unknown());
const nameField = z.string().trim().max(120);
const createBody = z.strictObject({
  platform: z.string().describe(`One of: ${platforms.map((platform) => platform.id).join(', ')}.`),
  credentials: vendorField.describe('Write-only; what the platform needs: see the guide.'),
  settings: vendorField.default({}),
  name: nameField.optional(),
  is_active: z.boolean().optional(),
});
const changeBody = z.strictObject({
  credentials: vendorField.optional(),
  settings: vendorField.optional(),
  name: nameField.optional(),
  is_active: z.boolean().optional(),
});
const tags = ['Destinations'];

/** `/api/v1/destinations`. */
export function registerDestinationRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/destinations',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List destinations',
        description:
          'The destinations of the whole workspace, newest first; `include=pool` adds the pools’ own pixels.',
        querystring: pageQuery.extend({
          platform: z.string().optional(),
          include: z.literal('pool').optional(),
        }),
        response: { 200: pageSchema(destinationSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, platform, include } = request.query;
      const { workspaceId } = request.actor;
      const withPools = include === 'pool';
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), platform, withPools };
      const page = buildPage(await listDestinations(deps.db, wish), limit, (row) => row.destination_id);
      const ids = page.rows.map((row) => row.destination_id);
      const healths = await listDestinationHealth(deps.db, ids);
      const data = page.rows.map((row) => buildDestination(row, healths.get(row.destination_id)));
      return { data, next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/destinations/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a destination',
        description: 'One destination with its state; its credentials are never shown.',
        params: idParams,
        response: { 200: destinationSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findDestination(deps.db, { workspaceId, destinationId: request.params.id });
      return row ? buildOne(deps, row) : refuse(reply, notFound('destination'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/destinations',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a destination',
        description:
          'Every conversion of the workspace is sent there from now on. Credentials are kept encrypted.',
        body: createBody,
        response: { 201: destinationSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const platform = findPlatform(body.platform);
      if (!platform) return refuse(reply, badField('platform', 'is not a platform that can be used'));
      const credentials = readVendorFields(platform.credentials, body.credentials, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const settings = readVendorFields(platform.settings, body.settings, 'settings');
      if (settings.kind === 'bad') return refuse(reply, settings.problem);
      const row = await saveDestination(deps.db, deps.vault, {
        workspaceId: request.actor.workspaceId,
        poolId: null,
        platform: platform.id,
        name: body.name ?? platform.name,
        credentials: credentials.value,
        settings: settings.value,
        isActive: body.is_active ?? true,
      });
      await followChange(deps);
      reply.statusCode = 201;
      return buildDestination(row, undefined);
    },
  );
}

const OF_POOL = problem(409, 'Belongs to a pool', 'This is the pixel of a pool; change it at the pool.');

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/destinations/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a destination',
        description:
          'Credentials and settings are each replaced as a whole; a paused destination is tried again after it. A pool’s pixel is changed at the pool.',
        params: idParams,
        body: changeBody,
        response: { 200: destinationSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const key = { workspaceId: request.actor.workspaceId, destinationId: request.params.id };
      const before = await findDestination(deps.db, key);
      const platform = before && findPlatform(before.platform);
      if (!platform) return refuse(reply, notFound('destination'));
      if (before.pool_id !== null) return refuse(reply, OF_POOL);
      const credentials = readVendorFields(platform.credentials.optional(), body.credentials, 'credentials');
      if (credentials.kind === 'bad') return refuse(reply, credentials.problem);
      const settings = readVendorFields(platform.settings.optional(), body.settings, 'settings');
      if (settings.kind === 'bad') return refuse(reply, settings.problem);
      const changes: DestinationChanges = {
        name: body.name,
        credentials: credentials.value,
        settings: settings.value,
        isActive: body.is_active,
      };
      const row = await updateDestination(deps.db, deps.vault, { ...key, changes });
      if (!row) return refuse(reply, notFound('destination'));
      await followChange(deps);
      return buildOne(deps, row);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/destinations/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a destination',
        description: 'Deletes it; one that something was sent to, or is due for, is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, destinationId: request.params.id };
      const row = await findDestination(deps.db, key);
      if (row && row.pool_id !== null) return refuse(reply, OF_POOL);
      const result = await removeDestination(deps.db, key);
      if (result === 'unknown') return refuse(reply, notFound('destination'));
      await followChange(deps);
      return { result };
    },
  );
}

async function buildOne(deps: AppDeps, row: DestinationRow): Promise<z.infer<typeof destinationSchema>> {
  const healths = await listDestinationHealth(deps.db, [row.destination_id]);
  return buildDestination(row, healths.get(row.destination_id));
}

function buildDestination(
  row: DestinationRow,
  health: DestinationHealth | undefined,
): z.infer<typeof destinationSchema> {
  return {
    destination_id: row.destination_id,
    pool_id: row.pool_id,
    platform: row.platform,
    name: row.name,
    has_credentials: true,
    settings: z.record(z.string(), z.unknown()).parse(row.settings),
    is_active: row.is_active,
    ...buildHealth(health),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
