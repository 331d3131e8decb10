import { z } from 'zod';
import { BROADCAST_STATES } from '../../broadcasts/broadcast-row.ts';
import {
  type BroadcastFields,
  findBroadcast,
  listBroadcasts,
  removeDraft,
  saveBroadcast,
  updateBroadcast,
} from '../../broadcasts/broadcasts.ts';
import { findProgress } from '../../broadcasts/progress.ts';
import { findTemplate } from '../../broadcasts/templates.ts';
import { findSegment } from '../../segments/segment-query.ts';
import { listKnownBotIds } from '../../settings/bots.ts';
import { requireScope } from '../auth.ts';
import {
  broadcastDetailSchema,
  broadcastSchema,
  buildBroadcast,
  buildProgress,
  changeBroadcastBody,
  createBroadcastBody,
  readBroadcastFields,
  readStart,
} from '../broadcast-fields.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import {
  badFields,
  errorResponses,
  type FieldError,
  notFound,
  type Problem,
  problem,
  refuse,
} from '../problem.ts';

const tags = ['Broadcasts'];

/** `/api/v1/broadcasts`. */
export function registerBroadcastRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/broadcasts',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List broadcasts',
        description: 'The broadcasts of the workspace, newest first; how far one is, its own page says.',
        querystring: pageQuery.extend({ state: z.enum(BROADCAST_STATES).optional() }),
        response: { 200: pageSchema(broadcastSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, state } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, state, limit: limit + 1, before: readCursor(cursor) };
      const page = buildPage(await listBroadcasts(deps.db, wish), limit, (row) => row.broadcast_id);
      return { data: page.rows.map(buildBroadcast), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/broadcasts/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a broadcast',
        description: 'One broadcast and how far it is: people by state and reason, pace, time left.',
        params: idParams,
        response: { 200: broadcastDetailSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
      const row = await findBroadcast(deps.db, key);
      if (!row) return refuse(reply, notFound('broadcast'));
      return { ...buildBroadcast(row), progress: buildProgress(await findProgress(deps.db, row)) };
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/broadcasts',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Draft a broadcast',
        description: 'Nothing is sent before `POST /api/v1/broadcasts/:id/start`.',
        body: createBroadcastBody,
        response: { 201: broadcastSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, actor } = request;
      const checked = await checkFields(deps, actor.workspaceId, body);
      if (checked.kind === 'wrong') return refuse(reply, checked.problem);
      const { name, bot_ids } = body;
      const row = await saveBroadcast(deps.db, actor.workspaceId, { ...checked.fields, name, bot_ids });
      reply.statusCode = 201;
      return buildBroadcast(row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/broadcasts/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a broadcast',
        description:
          'A draft as a whole; one that was started only in its pace (`rate_per_second`, `quiet_hours`).',
        params: idParams,
        body: changeBroadcastBody,
        response: { 200: broadcastSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const key = { workspaceId, broadcastId: request.params.id };
      const checked = await checkFields(deps, workspaceId, request.body);
      if (checked.kind === 'wrong') return refuse(reply, checked.problem);
      const row = await updateBroadcast(deps.db, key, checked.fields);
      if (row) return buildBroadcast(row);
      return refuse(reply, (await findBroadcast(deps.db, key)) ? STARTED : notFound('broadcast'));
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/broadcasts/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a draft',
        description: 'What was started is kept, because it says who got what: 409. Stop it instead.',
        params: idParams,
        response: { 200: z.object({ result: z.literal('deleted') }), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, broadcastId: request.params.id };
      if (await removeDraft(deps.db, key)) return { result: 'deleted' as const };
      return refuse(reply, (await findBroadcast(deps.db, key)) ? STARTED : notFound('broadcast'));
    },
  );
}

const STARTED = problem(
  409,
  'Not a draft',
  'The broadcast was started: only its pace can be changed while it runs.',
);

type Checked =
  | { readonly kind: 'fields'; readonly fields: BroadcastFields }
  | { readonly kind: 'wrong'; readonly problem: Problem };

/** What a body names must be this workspace's. */
async function checkFields(
  deps: AppDeps,
  workspaceId: string,
  body: z.infer<typeof changeBroadcastBody>,
): Promise<Checked> {
  const errors: FieldError[] = [];
  const { bot_ids: botIds = [], template_id: templateId, segment_id: segmentId } = body;
  const known = await listKnownBotIds(deps.db, { workspaceId, botIds });
  if (botIds.some((botId) => !known.has(botId))) {
    errors.push({ path: 'bot_ids', message: 'names a bot that is not of this workspace' });
  }
  if (templateId && !(await findTemplate(deps.db, { workspaceId, templateId }))) {
    errors.push({ path: 'template_id', message: 'is no template of this workspace' });
  }
  const segment = segmentId ? await findSegment(deps.db, workspaceId, segmentId) : null;
  if (segment === undefined || (segment && segment.subject !== 'bot_users')) {
    errors.push({ path: 'segment_id', message: 'is no segment of bot users of this workspace' });
  }
  const starts_at = readDraftStart(deps, workspaceId, body.starts_at);
  if (starts_at === 'malformed') {
    errors.push({ path: 'starts_at', message: 'must be a moment, like 2026-12-01T09:00' });
    return { kind: 'wrong', problem: badFields(errors) };
  }
  if (errors.length > 0) return { kind: 'wrong', problem: badFields(errors) };
  return { kind: 'fields', fields: { ...readBroadcastFields(body), starts_at } };
}

function readDraftStart(
  deps: Pick<AppDeps, 'registry'>,
  workspaceId: string,
  written: string | null | undefined,
): Date | null | undefined | 'malformed' {
  if (written === null || written === undefined) return written;
  return readStart(written, deps.registry.workspace(workspaceId)?.timezone ?? 'UTC') ?? 'malformed';
}
