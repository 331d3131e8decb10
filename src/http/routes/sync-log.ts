import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { resumeDestination } from '../../send/destination-states.ts';
import { listSyncLog, retryDelivery, type SyncLogRow } from '../../send/sync-log.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const syncSchema = z
  .object({
    sync_id: z.string(),
    conversion_id: z.string(),
    delivery_id: z.string().nullable(),
    destination_id: z.string().nullable(),
    batch_id: z.string().nullable().describe('The request that carried it, with others.'),
    platform: z.string(),
    attempt: z
      .int()
      .describe('0: nothing was sent; `error_message` says why it was kept back or given back.'),
    sync_status: z.enum(['success', 'failed', 'pending']).describe('`pending` = it is tried again.'),
    request_payload: z
      .unknown()
      .describe('The event as sent, with the visitor’s address cut to its network.'),
    response_data: z.unknown().describe('The platform’s answer.'),
    error_message: z.string().nullable(),
    http_status_code: z.int().nullable().describe('Null when there was no answer.'),
    receipt: z.string().nullable().describe('The platform’s own reference (`fbtrace_id`).'),
    duration_ms: z.int().nullable(),
    synced_at: timeField,
  })
  .meta({ id: 'SyncLogEntry', description: 'One attempt to deliver one conversion to one destination.' });

const listQuery = pageQuery.extend({
  conversion_id: z.string().optional(),
  destination_id: z.string().optional(),
  platform: z.string().optional(),
  status: z.enum(['success', 'failed', 'pending']).optional(),
});

/** `GET /api/v1/sync-log`, `POST /api/v1/sync-log/:id/retry` and `POST /api/v1/destinations/:id/resume`. */
export function registerSyncLogRoutes(app: App, deps: AppDeps): void {
  registerList(app, deps);
  registerRetry(app, deps);
  registerResume(app, deps);
}

function registerList(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/sync-log',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Deliveries'],
        summary: 'List attempts',
        description: 'What was sent to ad platforms and what they answered, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(syncSchema), ...errorResponses(401, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, conversion_id, destination_id, platform, status } = request.query;
      const ids = [conversion_id, destination_id].filter((id) => id !== undefined);
      if (!ids.every(isId)) return { data: [], next_cursor: null };
      const rows = await listSyncLog(deps.db, {
        workspaceId: request.actor.workspaceId,
        conversionId: conversion_id,
        destinationId: destination_id,
        platform,
        status,
        beforeId: readCursor(cursor),
        limit: limit + 1,
      });
      const page = buildPage(rows, limit, (row) => row.sync_id);
      return { data: page.rows.map(buildEntry), next_cursor: page.nextCursor };
    },
  );
}

function registerRetry(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/sync-log/:id/retry',
    {
      preHandler: requireScope('write'),
      schema: {
        tags: ['Deliveries'],
        summary: 'Send a failed delivery again',
        description:
          'Queues it with the same event id. 409 unless it has failed and the platform still takes it.',
        params: idParams,
        response: { 200: z.object({ delivery_id: z.string() }), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const at = new Date(deps.clock.now());
      const { workspaceId } = request.actor;
      const result = await retryDelivery(deps.db, { workspaceId, syncId: request.params.id, at });
      if (result.kind === 'unknown') return refuse(reply, notFound('attempt'));
      if (result.kind === 'refused') return refuse(reply, problem(409, 'Not to be repeated', result.reason));
      return { delivery_id: result.deliveryId };
    },
  );
}

function registerResume(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/destinations/:id/resume',
    {
      preHandler: requireScope('write'),
      schema: {
        tags: ['Destinations'],
        summary: 'End a pause',
        description:
          'Sends what waits for a destination that was paused because its credentials were refused.',
        params: idParams,
        response: { 200: z.object({ destination_id: z.string() }), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const destinationId = request.params.id;
      const { workspaceId } = request.actor;
      const at = new Date(deps.clock.now());
      const isKnown = await resumeDestination(deps.db, { workspaceId, destinationId, at });
      return isKnown ? { destination_id: destinationId } : refuse(reply, notFound('destination'));
    },
  );
}

const buildEntry = (row: SyncLogRow): z.infer<typeof syncSchema> => ({
  sync_id: row.sync_id,
  conversion_id: row.conversion_id,
  delivery_id: row.delivery_id,
  destination_id: row.destination_id,
  batch_id: row.batch_id,
  platform: row.platform,
  attempt: row.attempt,
  sync_status: syncSchema.shape.sync_status.parse(row.sync_status),
  request_payload: row.request_payload,
  response_data: row.response_data,
  error_message: row.error_message,
  http_status_code: row.http_status_code,
  receipt: row.receipt,
  duration_ms: row.duration_ms,
  synced_at: row.synced_at.toISOString(),
});
