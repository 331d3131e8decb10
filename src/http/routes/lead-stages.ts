import { z } from 'zod';
import { STAGE_NAMES } from '../../domain/lead-stages.ts';
import { MAX_CENTS, readDecimal } from '../../domain/money.ts';
import { findLead } from '../../leads/find-leads.ts';
import { listStages, type StageRow, saveStage } from '../../leads/stages.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, timeField } from '../fields.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';
import { buildActorName } from '../reader.ts';

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const stageBody = z.strictObject({
  stage_name: z.enum(STAGE_NAMES),
  stage_value: z
    .string()
    .refine((text) => isStageValue(text), 'must be a decimal string, not negative, like "1234.56"')
    .nullish()
    .describe('Decimal string with at most two places.'),
  currency: z
    .string()
    .refine((code) => CURRENCIES.has(code), 'must be an ISO 4217 code, like BRL')
    .nullish()
    .describe('ISO 4217; the workspace’s if absent.'),
  probability: z.int().min(0).max(100).nullish().describe('Percent.'),
  changed_by: z.string().trim().max(200).nullish(),
  reason: z.string().trim().max(1000).nullish(),
});

const stageSchema = z
  .object({
    stage_id: z.string(),
    lead_id: z.string(),
    stage_name: z.enum(STAGE_NAMES),
    stage_value: z.string().nullable().describe('Decimal string.'),
    currency: z.string().nullable(),
    probability: z.int().nullable(),
    changed_by: z.string().nullable(),
    reason: z.string().nullable(),
    created_at: timeField,
  })
  .meta({ id: 'LeadStage', description: 'What became of a lead at a moment.' });

const tags = ['Leads'];

/** `POST` and `GET /api/v1/leads/:id/stages`. */
export function registerLeadStageRoutes(app: App, deps: AppDeps): void {
  registerHistory(app, deps);
  app.post(
    '/api/v1/leads/:id/stages',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Set the stage of a lead',
        description:
          '`won` makes the offline conversion, once a lead; again with another value it restates it; `lost` after it retracts it.',
        params: idParams,
        body: stageBody,
        response: { 201: stageSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const value = body.stage_value ?? null;
      const result = await saveStage(deps.db, {
        workspaceId: request.actor.workspaceId,
        leadId: request.params.id,
        stageName: body.stage_name,
        valueCents: value === null ? null : readDecimal(value),
        currency: body.currency ?? null,
        probability: body.probability ?? null,
        changedBy: body.changed_by || buildActorName(request.actor),
        reason: body.reason || null,
      });
      if (result.kind === 'unknown_lead') return refuse(reply, notFound('lead'));
      reply.statusCode = 201;
      return buildStage(result.stage);
    },
  );
}

function registerHistory(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/leads/:id/stages',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List the stages of a lead',
        description: 'All that became of a lead, oldest first.',
        params: idParams,
        response: {
          200: z.object({ data: z.array(stageSchema), next_cursor: z.null() }),
          ...errorResponses(401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, leadId: request.params.id };
      if (!(await findLead(deps.db, key))) return refuse(reply, notFound('lead'));
      return { data: (await listStages(deps.db, key)).map(buildStage), next_cursor: null };
    },
  );
}

function isStageValue(text: string): boolean {
  const cents = readDecimal(text);
  return cents !== null && cents <= MAX_CENTS;
}

const buildStage = (row: StageRow): z.infer<typeof stageSchema> => ({
  stage_id: row.stage_id,
  lead_id: row.lead_id,
  stage_name: stageSchema.shape.stage_name.parse(row.stage_name),
  stage_value: row.stage_value,
  currency: row.currency,
  probability: row.probability,
  changed_by: row.changed_by,
  reason: row.reason,
  created_at: row.created_at.toISOString(),
});
