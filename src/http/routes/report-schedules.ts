import { z } from 'zod';
import { findReportPeriod, type ReportEvery } from '../../domain/report-period.ts';
import { listRuns } from '../../report-mails/runs.ts';
import {
  findSchedule,
  listSchedules,
  removeSchedule,
  saveSchedule,
  updateSchedule,
} from '../../report-mails/schedules.ts';
import { sendReportNow } from '../../report-mails/send-report.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, removalSchema } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import {
  buildRun,
  buildSchedule,
  runSchema,
  scheduleBody,
  scheduleChanges,
  scheduleSchema,
} from '../report-schedule-fields.ts';

const tags = ['Reports'];
const PATH = '/api/v1/report-schedules';
const missing = notFound('report schedule');

/** `/api/v1/report-schedules`: reports by e-mail, each week or month. */
export function registerReportScheduleRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerRuns(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
  registerSend(app, deps);
}

function registerReads(app: App, { db, vault }: AppDeps): void {
  app.get(
    PATH,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List report schedules',
        description: 'Who is mailed which report and when, newest first.',
        querystring: pageQuery,
        response: { 200: pageSchema(scheduleSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const wish = { workspaceId: request.actor.workspaceId, limit: limit + 1, before: readCursor(cursor) };
      const page = buildPage(await listSchedules(db, wish), limit, (row) => row.schedule_id);
      return { data: page.rows.map((row) => buildSchedule(row, vault)), next_cursor: page.nextCursor };
    },
  );
  app.get(
    `${PATH}/:id`,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a report schedule',
        description: 'One schedule; user and password of the mail server are never shown.',
        params: idParams,
        response: { 200: scheduleSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, scheduleId: request.params.id };
      const row = await findSchedule(db, key);
      return row ? buildSchedule(row, vault) : refuse(reply, missing);
    },
  );
}

function registerRuns(app: App, { db }: AppDeps): void {
  app.get(
    `${PATH}/:id/runs`,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List the reports of a schedule',
        description: 'Every report that was mailed, waits or could not be, newest first, with the reason.',
        params: idParams,
        querystring: pageQuery,
        response: { 200: pageSchema(runSchema), ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const key = { workspaceId: request.actor.workspaceId, scheduleId: request.params.id };
      if (!(await findSchedule(db, key))) return refuse(reply, missing);
      const rows = await listRuns(db, { ...key, limit: limit + 1, before: readCursor(cursor) });
      const page = buildPage(rows, limit, (row) => row.run_id);
      return { data: page.rows.map(buildRun), next_cursor: page.nextCursor };
    },
  );
}

function registerCreate(app: App, { db, vault }: AppDeps): void {
  app.post(
    PATH,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Mail a report each week or month',
        description:
          'The first one is of the week or month that goes on now. `POST …/send` mails one at once, to see it arrive.',
        body: scheduleBody,
        response: { 201: scheduleSchema, ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { is_active: isActive, ...rest } = request.body;
      const fields = { ...rest, isActive };
      const row = await saveSchedule(db, vault, { workspaceId: request.actor.workspaceId, fields });
      reply.statusCode = 201;
      return buildSchedule(row, vault);
    },
  );
}

function registerChange(app: App, { db, vault }: AppDeps): void {
  app.patch(
    `${PATH}/:id`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a report schedule',
        description: 'A new `delivery` makes the newest report due again if the old one could not bring it.',
        params: idParams,
        body: scheduleChanges,
        response: { 200: scheduleSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { is_active: isActive, ...rest } = request.body;
      const key = { workspaceId: request.actor.workspaceId, scheduleId: request.params.id };
      const row = await updateSchedule(db, vault, { ...key, changes: { ...rest, isActive } });
      return row ? buildSchedule(row, vault) : refuse(reply, missing);
    },
  );
}

function registerRemove(app: App, { db }: AppDeps): void {
  app.delete(
    `${PATH}/:id`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a report schedule',
        description: 'Deletes it and the record of its reports.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, scheduleId: request.params.id };
      return (await removeSchedule(db, key)) ? { result: 'deleted' as const } : refuse(reply, missing);
    },
  );
}

const sentSchema = z.object({
  state: z.enum(['due', 'sent', 'failed']),
  reason: z.string().nullable().describe('What the mail server said, in our words.'),
  period_from: z.string(),
  period_to: z.string(),
});

function registerSend(app: App, { registry, db, clock, reportMails }: AppDeps): void {
  app.post(
    `${PATH}/:id/send`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Mail the newest report now',
        description:
          'Mails the newest whole week or month to the schedule’s readers, and tells what came of it.',
        params: idParams,
        response: { 200: sentSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findSchedule(db, { workspaceId, scheduleId: request.params.id });
      const timezone = registry.workspace(workspaceId)?.timezone;
      if (!row || timezone === undefined) return refuse(reply, missing);
      const wish = { every: row.every as ReportEvery, hour: 0, timezone, now: clock.now() };
      const period = findReportPeriod(wish);
      const { state, reason } = await sendReportNow(reportMails, row, period);
      return {
        state: state as 'due' | 'sent' | 'failed',
        reason,
        period_from: period.from,
        period_to: period.to,
      };
    },
  );
}
