import { z } from 'zod';
import { RETENTION_DEFAULTS } from '../../domain/retention.ts';
import { eraseSubject } from '../../privacy/erase-subject.ts';
import { exportSubject } from '../../privacy/export-subject.ts';
import { listRuns } from '../../privacy/privacy-runs.ts';
import type { SubjectRequest } from '../../privacy/privacy-tools.ts';
import { buildProcessingRecord } from '../../privacy/processing-record.ts';
import { readSubject } from '../../privacy/read-subject.ts';
import { type Actor, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { textField, timeField } from '../fields.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';
import { buildActorName } from '../reader.ts';

const subjectBody = z.strictObject({
  subject: textField(300)
    .refine((text) => readSubject(text) !== null, 'must be an e-mail, a phone or a Telegram user id')
    .describe(
      'E-mail, phone or Telegram user id; `telegram:` or `phone:` before digits says which they are.',
    ),
  reason: z.string().trim().max(500).optional().describe('Why, for the record.'),
});

const counts = z.record(z.string(), z.int());
const exportSchema = z
  .object({
    run_id: z.string(),
    subject: z.object({ kind: z.string(), value: z.string() }),
    workspace_id: z.string(),
    exported_at: timeField,
    records: z.array(z.object({ source: z.string(), record: z.record(z.string(), z.unknown()) })),
    recipients: z.array(
      z.object({
        recipient: z.string(),
        account: z.string().nullable(),
        at: timeField,
        what: z.string().nullable(),
        status: z.string(),
        fields: z.array(z.string()).nullable().describe('Kinds of data that went out.'),
      }),
    ),
  })
  .meta({ id: 'SubjectExport', description: 'Everything that is kept of a person, and who was sent what.' });
const erasureSchema = z
  .object({
    run_id: z.string(),
    erased_at: timeField,
    counts,
    kept: z.array(z.string()).describe('What stays, and why.'),
  })
  .meta({ id: 'Erasure', description: 'What an erasure came to.' });

const days = z.int().nullable();
const retentionShape = Object.fromEntries(Object.keys(RETENTION_DEFAULTS).map((name) => [name, days]));
const recordSchema = z
  .object({
    workspace_id: z.string(),
    workspace: z.string(),
    made_at: timeField,
    default_consent: z.string(),
    retention: z.object(retentionShape),
    activities: z.array(
      z.object({
        activity: z.string(),
        purpose: z.string(),
        data_subjects: z.string(),
        data_categories: z.array(z.string()),
        legal_basis: z.string(),
        retention: z.string(),
        rows: z.int(),
      }),
    ),
    recipients: z.array(
      z.object({ kind: z.string(), name: z.string(), account: z.string(), since: timeField }),
    ),
    security: z.array(z.string()),
    last_runs: z.array(
      z.object({ kind: z.string(), actor: z.string(), finished_at: timeField, rows: z.int() }),
    ),
  })
  .meta({ id: 'ProcessingRecord', description: 'The record of processing operations (LGPD, art. 37).' });
const runSchema = z.object({
  run_id: z.string(),
  kind: z.enum(['retention', 'archive', 'export', 'erase', 'rotate']),
  actor: z.string(),
  is_dry_run: z.boolean(),
  counts: z.record(z.string(), z.unknown()),
  note: z.string().nullable(),
  started_at: timeField,
  finished_at: timeField,
});

const tags = ['Privacy'];
const AMBIGUOUS = problem(
  409,
  'Ambiguous subject',
  'These digits are the Telegram id of one person and the phone of another: write `telegram:` or `phone:` before them.',
  [{ path: 'subject', message: 'is ambiguous' }],
);

/** `/api/v1/privacy`. */
export function registerPrivacyRoutes(app: App, deps: AppDeps): void {
  registerSubjects(app, deps);
  registerRecords(app, deps);
}

function registerSubjects(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/privacy/export',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Export a person',
        description: 'Everything that is kept of a person in the workspace. Recorded in `lead_access_log`.',
        body: subjectBody,
        response: { 200: exportSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const result = await exportSubject(deps.privacy, readRequest(request.actor, request.body));
      if (result.kind === 'ambiguous') return refuse(reply, AMBIGUOUS);
      const { data } = result;
      const recipients = data.recipients.map((one) => ({
        ...one,
        at: one.at.toISOString(),
        fields: one.fields === null ? null : [...one.fields],
      }));
      return { ...data, records: [...data.records], recipients };
    },
  );
  app.post(
    '/api/v1/privacy/erase',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Erase a person',
        description:
          'Takes a person out of every table, the capture log, the archives and the hot stores of the workspace. Payments stay, without the person.',
        body: subjectBody,
        response: { 200: erasureSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const result = await eraseSubject(deps.privacy, readRequest(request.actor, request.body));
      if (result.kind === 'ambiguous') return refuse(reply, AMBIGUOUS);
      return { ...result.report, counts: { ...result.report.counts }, kept: [...result.report.kept] };
    },
  );
}

function registerRecords(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/privacy/record',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Record of processing',
        description: 'Which data, why, on what basis, for how long and to whom: made of what is configured.',
        response: { 200: recordSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const record = await buildProcessingRecord(deps.db, request.actor.workspaceId);
      if (!record) return refuse(reply, notFound('workspace'));
      const activities = record.activities.map((one) => ({
        ...one,
        data_categories: [...one.data_categories],
      }));
      return {
        ...record,
        retention: { ...record.retention },
        activities,
        recipients: [...record.recipients],
        security: [...record.security],
        last_runs: [...record.last_runs],
      };
    },
  );
  app.get(
    '/api/v1/privacy/runs',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Runs over personal data',
        description: 'The last retention runs, exports and erasures, newest first. They cannot be changed.',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
        response: { 200: z.object({ data: z.array(runSchema) }), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { workspaceId } = request.actor;
      const runs = await listRuns(deps.db, { workspaceId, limit: request.query.limit });
      return { data: runs.map(buildRun) };
    },
  );
}

function buildRun(run: Awaited<ReturnType<typeof listRuns>>[number]): z.infer<typeof runSchema> {
  return runSchema.parse({
    ...run,
    started_at: run.started_at.toISOString(),
    finished_at: run.finished_at.toISOString(),
  });
}

function readRequest(actor: Actor, body: z.infer<typeof subjectBody>): SubjectRequest {
  const name = readSubject(body.subject);
  if (name === null) throw new TypeError('The body was checked before.');
  return {
    workspaceId: actor.workspaceId,
    name,
    actor: buildActorName(actor),
    reason: body.reason ?? null,
  };
}
