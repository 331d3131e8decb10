import { z } from 'zod';
import type { DrainState } from '../../projections/drain-state.ts';
import { type JobRun, listJobRuns } from '../../reports/job-runs.ts';
import { findQueueDepth, listPausedDestinations } from '../../reports/queue-depth.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { optionalTimeField, timeField } from '../fields.ts';
import { findReadiness, readinessSchema } from '../health.ts';
import { errorResponses } from '../problem.ts';
import { buildChain, chainStepSchema } from '../store-chain.ts';

const statusSchema = z
  .object({
    at: timeField,
    store_chain: z
      .array(chainStepSchema)
      .describe(
        'Where a click is looked for, in order. The counts are of the process that answers: /metrics has all.',
      ),
    readiness: readinessSchema,
    capture_log: z.object({
      appended: z.int().describe('Records since the start of this process.'),
      durable: z.int(),
      deferred: z.int(),
      lost: z.int(),
      segment: z.int(),
      lag_bytes: z.int().describe('Not folded into the tables yet.'),
      lag_seconds: z.number().describe('Age of the oldest record not folded yet.'),
      folded: z.int().describe('Since the first record.'),
      corrupt: z.int().describe('Lines set aside because their checksum was wrong.'),
      refused: z.int().describe('Records set aside because they could not be folded.'),
      missing: z
        .string()
        .nullable()
        .describe(
          'Why a part of the log cannot be asked, so that its lag is not in the figures; null if all can.',
        ),
    }),
    queues: z.object({
      deliveries: z.int(),
      conversions: z.int(),
      telegram_updates: z.int(),
      bot_messages: z.int(),
      gateway_webhooks: z.int(),
      payment_checks: z.int(),
    }),
    jobs: z
      .array(
        z.object({
          name: z.string(),
          is_running: z.boolean(),
          started_at: timeField,
          finished_at: optionalTimeField,
          duration_ms: z.int().nullable().describe('Of the last run that ended.'),
          outcome: z.string().nullable().describe('`done` or `failed`: of the last run that ended.'),
          note: z.string().nullable().describe('What the last successful run did.'),
          error: z.string().nullable().describe('Of the last run, if it failed.'),
          last_success_at: optionalTimeField,
          runs: z.int(),
          failures: z.int(),
        }),
      )
      .describe('The work that the clock begins: partitions, the refresh of the views, cleaning.'),
    destinations_paused: z.array(
      z.object({
        destination_id: z.string(),
        platform: z.string(),
        name: z.string(),
        paused_at: timeField,
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'SystemStatus', description: 'How the whole server is; the pauses are the workspace’s own.' });

/** `GET /api/v1/system/status`. */
export function registerSystemRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/system/status',
    {
      onRequest: requireScope('read'),
      schema: {
        tags: ['System'],
        summary: 'How the server is',
        description:
          'Store chain, capture log and its lag, what waits in the queues, how the jobs went, paused destinations.',
        response: { 200: statusSchema, ...errorResponses(401, 403, 503) },
      },
    },
    async (request) => {
      const [readiness, drain, queues, jobs, paused] = await Promise.all([
        findReadiness(deps),
        deps.readDrainState(),
        findQueueDepth(deps.db),
        listJobRuns(deps.db),
        listPausedDestinations(deps.db, request.actor.workspaceId),
      ]);
      return {
        at: new Date(deps.clock.now()).toISOString(),
        store_chain: buildChain(deps.readStores(), {
          database: readiness.parts.database.ok,
          captureLog: readiness.parts.capture_log.ok,
        }),
        readiness,
        capture_log: buildLog(deps, drain),
        queues: {
          deliveries: queues.deliveries,
          conversions: queues.conversions,
          telegram_updates: queues.telegramUpdates,
          bot_messages: queues.botMessages,
          gateway_webhooks: queues.gatewayWebhooks,
          payment_checks: queues.paymentChecks,
        },
        jobs: jobs.map(buildJob),
        destinations_paused: paused.map((one) => ({
          destination_id: one.destinationId,
          platform: one.platform,
          name: one.name,
          paused_at: one.pausedAt.toISOString(),
          reason: one.reason,
        })),
      };
    },
  );
}

const buildJob = (run: JobRun): z.infer<typeof statusSchema>['jobs'][number] => ({
  name: run.name,
  is_running: run.finished_at === null,
  started_at: run.started_at.toISOString(),
  finished_at: run.finished_at?.toISOString() ?? null,
  duration_ms: run.duration_ms,
  outcome: run.outcome,
  note: run.note,
  error: run.error,
  last_success_at: run.last_success_at?.toISOString() ?? null,
  runs: Number(run.runs),
  failures: Number(run.failures),
});

function buildLog(deps: AppDeps, drain: DrainState): z.infer<typeof statusSchema>['capture_log'] {
  const { appended, durable, deferred, lost, segment } = deps.log.state();
  return {
    appended,
    durable,
    deferred,
    lost,
    segment,
    lag_bytes: drain.lagBytes,
    lag_seconds: drain.oldestUnfoldedMs / 1000,
    folded: drain.folded,
    corrupt: drain.corrupt,
    refused: drain.refused,
    missing: drain.missing,
  };
}
