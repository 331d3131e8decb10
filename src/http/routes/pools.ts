import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { listKnownBotIds } from '../../settings/bots.ts';
import { readGate } from '../../settings/edge-pools.ts';
import { databaseErrorCode, UNIQUE_VIOLATION } from '../../settings/paging.ts';
import {
  findPool,
  listPools,
  type PoolBotWish,
  type PoolRow,
  removePool,
  savePool,
  updatePool,
} from '../../settings/pools.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams, removalSchema } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { buildPools } from '../pool-answer.ts';
import { type PoolBody, poolChangeBody, poolCreateBody, poolSchema } from '../pool-fields.ts';
import { badFields, errorResponses, notFound, type Problem, problem, refuse } from '../problem.ts';

const tags = ['Pools'];

/** `/api/v1/pools`. */
export function registerPoolRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/pools',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List pools',
        description: 'The pools of the workspace, newest first, with their counted clicks.',
        querystring: pageQuery.extend({ slug: z.string().optional(), is_active: flagQuery.optional() }),
        response: { 200: pageSchema(poolSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, slug, is_active: isActive } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), slug, isActive };
      const page = buildPage(await listPools(deps.db, wish), limit, (row) => row.pool_id);
      return { data: await buildPools(deps, page.rows), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/pools/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a pool',
        description: 'One pool with its bots, its counted clicks and the state of its pixel.',
        params: idParams,
        response: { 200: poolSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findPool(deps.db, { workspaceId, poolId: request.params.id });
      return row ? buildOne(deps, row) : refuse(reply, notFound('pool'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/pools',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a pool',
        description: 'A new address `/go/<slug>` that leads to the pool’s bots.',
        body: poolCreateBody,
        response: { 201: poolSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const refusal = await checkBots(deps, workspaceId, body);
      if (refusal) return refuse(reply, refusal);
      const fields = {
        ...readColumns(body, {}),
        slug: body.slug,
        name: body.name ?? body.slug,
        meta_tracking_enabled: body.meta_tracking_enabled ?? typeof body.meta_pixel_id === 'string',
      };
      const row = await unlessTaken(() =>
        savePool(deps.db, deps.vault, {
          workspaceId,
          fields,
          bots: readBots(body) ?? [],
          pixel: readPixelChanges(body),
        }),
      );
      if (row === 'taken') return refuse(reply, SLUG_TAKEN);
      await followChange(deps);
      reply.statusCode = 201;
      return buildOne(deps, row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/pools/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a pool',
        description: 'Absent fields stay. Clicks follow the change within half a second.',
        params: idParams,
        body: poolChangeBody,
        response: { 200: poolSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const key = { workspaceId: request.actor.workspaceId, poolId: request.params.id };
      const before = await findPool(deps.db, key);
      if (!before) return refuse(reply, notFound('pool'));
      const refusal = await checkBots(deps, key.workspaceId, body);
      if (refusal) return refuse(reply, refusal);
      const change = {
        fields: readColumns(body, before.gate),
        bots: readBots(body),
        pixel: readPixelChanges(body),
      };
      const row = await unlessTaken(() => updatePool(deps.db, deps.vault, { ...key, ...change }));
      if (row === 'taken') return refuse(reply, SLUG_TAKEN);
      if (!row) return refuse(reply, notFound('pool'));
      await followChange(deps);
      return buildOne(deps, row);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/pools/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a pool',
        description: 'Deletes it; one that had clicks is kept and switched off, and keeps its slug.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const result = await removePool(deps.db, { workspaceId, poolId: request.params.id });
      if (result === 'unknown') return refuse(reply, notFound('pool'));
      await followChange(deps);
      return { result };
    },
  );
}

const SLUG_TAKEN = problem(409, 'Slug taken', 'Another pool of this server has this slug.', [
  { path: 'slug', message: 'is taken' },
]);

async function unlessTaken<T>(save: () => Promise<T>): Promise<T | 'taken'> {
  try {
    return await save();
  } catch (error) {
    if (databaseErrorCode(error) === UNIQUE_VIOLATION) return 'taken';
    throw error;
  }
}

async function checkBots(deps: AppDeps, workspaceId: string, body: PoolBody): Promise<Problem | null> {
  const botIds = (body.bots ?? []).map((bot) => bot.bot_id);
  const known = await listKnownBotIds(deps.db, { workspaceId, botIds: botIds.filter(isId) });
  const errors = botIds.flatMap((botId, position) =>
    known.has(botId) ? [] : [{ path: `bots.${position}.bot_id`, message: 'is no bot of this workspace' }],
  );
  return errors.length > 0 ? badFields(errors) : null;
}

function readBots(body: PoolBody): PoolBotWish[] | undefined {
  return body.bots?.map((bot) => ({ botId: bot.bot_id, weight: bot.weight, isEnabled: bot.is_enabled }));
}

function readPixelChanges(body: PoolBody) {
  return {
    pixelId: body.meta_pixel_id,
    testEventCode: body.meta_test_event_code,
    accessToken: body.meta_access_token,
  };
}

function readColumns(body: PoolBody, gateBefore: unknown) {
  const { bots, meta_pixel_id, meta_access_token, meta_test_event_code, gate, page, ...columns } = body;
  return {
    ...columns,
    ...(gate === undefined ? {} : { gate: buildStoredGate(gateBefore, gate) }),
    ...(page === undefined ? {} : { page: JSON.stringify(page) }),
  };
}

function buildStoredGate(before: unknown, gate: NonNullable<PoolBody['gate']>): string {
  const old = readGate(before);
  return JSON.stringify({
    link_key: gate.link_key === undefined ? old.linkKey : gate.link_key,
    allowed_countries: gate.allowed_countries ?? old.allowedCountries,
    block_bots: gate.block_bots ?? old.blockBots,
    block_datacenters: gate.block_datacenters ?? old.blockDatacenters,
  });
}

async function buildOne(deps: AppDeps, row: PoolRow): Promise<z.infer<typeof poolSchema>> {
  const [answer] = await buildPools(deps, [row]);
  if (!answer) throw new Error('a pool was lost on its way to the answer');
  return answer;
}
