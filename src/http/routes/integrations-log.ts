import { z } from 'zod';
import { listIntegrationsLog, retryLogRow } from '../../crm-sync/integrations-log.ts';
import { isId } from '../../domain/ids.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, optionalTimeField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const STATUSES = ['due', 'success', 'failed', 'ignored'] as const;
const TYPES = ['push', 'webhook', 'pull'] as const;

const rowSchema = z
  .object({
    log_id: z.string(),
    connection_id: z.string().nullable(),
    lead_id: z.string().nullable(),
    integration_type: z
      .enum(TYPES)
      .describe('`push` = a lead to the CRM; `webhook`, `pull` = a stage from it.'),
    integration_name: z.string().describe('The kind of connection.'),
    status: z.enum(STATUSES).describe('`due` waits for its next attempt; `failed` is a dead letter.'),
    external_id: z.string().nullable().describe('The CRM’s own id.'),
    request_data: z
      .unknown()
      .describe('What was sent, or what was understood; without secrets and addresses.'),
    response_data: z.unknown().describe('What was answered.'),
    error_message: z.string().nullable(),
    retry_count: z.int(),
    next_attempt_at: optionalTimeField,
    created_at: timeField,
    processed_at: optionalTimeField,
  })
  .meta({ id: 'IntegrationsLogEntry', description: 'A lead owed to a CRM, or something that one has told.' });

const listQuery = pageQuery.extend({
  lead_id: z.string().optional(),
  connection_id: z.string().optional(),
  status: z.enum(STATUSES).optional(),
  integration_type: z.enum(TYPES).optional(),
});

type Deps = Pick<AppDeps, 'db' | 'clock'>;

/** `GET /api/v1/integrations-log` and `POST /api/v1/integrations-log/:id/retry`. */
export function registerIntegrationsLogRoutes(app: App, deps: Deps): void {
  registerList(app, deps);
  registerRetry(app, deps);
}

function registerList(app: App, deps: Deps): void {
  app.get(
    '/api/v1/integrations-log',
    {
      onRequest: requireScope('read'),
      schema: {
        tags: ['CRM connections'],
        summary: 'List exchanges with CRMs',
        description: 'Leads that were pushed and stages that were told, newest first.',
        querystring: listQuery,
        response: { 200: pageSchema(rowSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, lead_id, connection_id, status, integration_type } = request.query;
      const ids = [lead_id, connection_id].filter((id) => id !== undefined);
      if (!ids.every(isId)) return { data: [], next_cursor: null };
      const rows = await listIntegrationsLog(deps.db, {
        workspaceId: request.actor.workspaceId,
        leadId: lead_id,
        connectionId: connection_id,
        status,
        type: integration_type,
        beforeId: readCursor(cursor),
        limit: limit + 1,
      });
      const page = buildPage(rows, limit, (row) => row.log_id);
      return { data: page.rows.map(buildRow), next_cursor: page.nextCursor };
    },
  );
}

function registerRetry(app: App, deps: Deps): void {
  app.post(
    '/api/v1/integrations-log/:id/retry',
    {
      onRequest: requireScope('write'),
      schema: {
        tags: ['CRM connections'],
        summary: 'Try a row again',
        description:
          'Queues a dead letter, or a webhook that was ignored, again; what the CRM has taken already is not made twice. 409 unless it is one of these.',
        params: idParams,
        response: { 200: z.object({ log_id: z.string() }), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const logId = request.params.id;
      const at = new Date(deps.clock.now());
      const result = await retryLogRow(deps.db, { workspaceId: request.actor.workspaceId, logId, at });
      if (result.kind === 'unknown') return refuse(reply, notFound('row'));
      if (result.kind === 'refused') return refuse(reply, problem(409, 'Not to be repeated', result.reason));
      return { log_id: logId };
    },
  );
}

const buildRow = (
  row: Awaited<ReturnType<typeof listIntegrationsLog>>[number],
): z.infer<typeof rowSchema> => ({
  log_id: row.log_id,
  connection_id: row.connection_id,
  lead_id: row.lead_id,
  integration_type: rowSchema.shape.integration_type.parse(row.integration_type),
  integration_name: row.integration_name,
  status: rowSchema.shape.status.parse(row.status),
  external_id: row.external_id,
  request_data: row.request_data,
  response_data: row.response_data,
  error_message: row.error_message,
  retry_count: row.retry_count,
  next_attempt_at: row.status === 'due' ? row.next_attempt_at.toISOString() : null,
  created_at: row.created_at.toISOString(),
  processed_at: row.processed_at?.toISOString() ?? null,
});
