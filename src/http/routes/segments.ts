import { z } from 'zod';
import { findSegment } from '../../segments/segment-query.ts';
import { listSegments, removeSegment, saveSegment, updateSegment } from '../../segments/segments.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, problem, refuse } from '../problem.ts';
import {
  buildSegment,
  filterField,
  readFilterField,
  segmentNameField,
  segmentSchema,
  subjectField,
} from '../segment-fields.ts';
import { unlessTaken } from '../unless-taken.ts';

const createBody = z.strictObject({ name: segmentNameField, subject: subjectField, filter: filterField });
const changeBody = z.strictObject({ name: segmentNameField.optional(), filter: filterField.optional() });
const TAKEN = problem(409, 'Taken', 'The workspace has a segment of this name.', [
  { path: 'name', message: 'is taken' },
]);
const tags = ['Segments'];

/** `/api/v1/segments`: what is saved. */
export function registerSegmentRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/segments',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List segments',
        description: 'The segments of the workspace, newest first.',
        querystring: pageQuery.extend({ subject: subjectField.optional() }),
        response: { 200: pageSchema(segmentSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, subject } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, subject, before: readCursor(cursor), limit: limit + 1 };
      const page = buildPage(await listSegments(deps.db, wish), limit, (segment) => segment.segmentId);
      return { data: page.rows.map(buildSegment), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/segments/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a segment',
        description: 'One segment.',
        params: idParams,
        response: { 200: segmentSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const segment = await findSegment(deps.db, request.actor.workspaceId, request.params.id);
      return segment ? buildSegment(segment) : refuse(reply, notFound('segment'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/segments',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Save a segment',
        description: 'A filter under a name. It is asked anew each time: no people are stored.',
        body: createBody,
        response: { 201: segmentSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, subject, filter } = request.body;
      const read = readFilterField(filter, subject);
      if (read.kind === 'bad') return refuse(reply, read.problem);
      const { workspaceId } = request.actor;
      const saved = await unlessTaken(() =>
        saveSegment(deps.db, { workspaceId, name, subject, filter: read.filter }),
      );
      if (saved === 'taken') return refuse(reply, TAKEN);
      reply.statusCode = 201;
      return buildSegment(saved);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/segments/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a segment',
        description: 'Its name or filter; the subject stays.',
        params: idParams,
        body: changeBody,
        response: { 200: segmentSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, segmentId: request.params.id };
      const segment = await findSegment(deps.db, key.workspaceId, key.segmentId);
      if (!segment) return refuse(reply, notFound('segment'));
      const { name, filter } = request.body;
      if (name === undefined && filter === undefined) return refuse(reply, badField('', 'changes nothing'));
      const read = filter === undefined ? null : readFilterField(filter, segment.subject);
      if (read?.kind === 'bad') return refuse(reply, read.problem);
      const changes = { name, filter: read?.filter };
      const changed = await unlessTaken(() => updateSegment(deps.db, key, changes));
      if (changed === 'taken') return refuse(reply, TAKEN);
      return changed ? buildSegment(changed) : refuse(reply, notFound('segment'));
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/segments/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Delete a segment',
        description: 'Deletes the filter; the people stay.',
        params: idParams,
        response: { 200: z.object({ result: z.literal('deleted') }), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, segmentId: request.params.id };
      const isRemoved = await removeSegment(deps.db, key);
      return isRemoved ? { result: 'deleted' as const } : refuse(reply, notFound('segment'));
    },
  );
}
