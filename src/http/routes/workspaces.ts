import { z } from 'zod';
import { SCORE_RULES } from '../../domain/lead-score.ts';
import { PROFILE_WEIGHTS } from '../../profiles/profile-rules.ts';
import { listMemberships, saveMembership } from '../../settings/people.ts';
import {
  findWorkspace,
  listWorkspaces,
  removeWorkspace,
  saveWorkspace,
  updateWorkspace,
  type WorkspaceRow,
} from '../../settings/workspaces.ts';
import { type Actor, requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { currencyField, idParams, textField, timeField } from '../fields.ts';
import { followChange } from '../follow-change.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { errorResponses, notFound, type Problem, problem, refuse } from '../problem.ts';
import { isRootActor } from '../root-actor.ts';
import { unlessTaken } from '../unless-taken.ts';

const days = z.int().min(1).max(36_500);
const retentionSchema = z.strictObject({
  ip_days: days
    .optional()
    .describe('Raw addresses of clicks and bot users are cleared after this; 7 if absent.'),
  lead_days: days.optional().describe('Leads are anonymised after this; 183 if absent.'),
  name_days: days.optional().describe('Names of people in bots, after their last message; 183 if absent.'),
  log_days: days
    .optional()
    .describe('Contents of messages, webhooks and requests to platforms and CRMs; 30 if absent.'),
  click_days: days.optional().describe("Identifiers of a click's browser; kept if absent."),
  archive_months: z
    .int()
    .min(2)
    .max(600)
    .optional()
    .describe(
      'Clicks and visits move into sealed files after this; never if absent. Counts in the first workspace.',
    ),
});
const weightsSchema = z
  .record(z.string().max(64), z.number().min(-1000).max(1000))
  .describe(
    `Points of the rules of the lead score: ${SCORE_RULES.join(', ')}; and of the bot and fraud scores, with their thresholds: ${PROFILE_WEIGHTS.join(', ')}.`,
  );
const settingsSchema = z.object({
  retention: retentionSchema.optional(),
  score_weights: weightsSchema.optional(),
});

const fields = {
  name: textField(120),
  timezone: z
    .string()
    .refine((name) => isTimezone(name), 'must be an IANA time zone, like America/Sao_Paulo')
    .describe('IANA name; days are counted in it.'),
  currency: currencyField,
  expected_countries: z.array(z.string().regex(/^[A-Z]{2}$/, 'must be ISO 3166-1 alpha-2, like BR')).max(250),
  default_consent: z.enum(['granted', 'denied']),
  retention: retentionSchema,
  score_weights: weightsSchema,
  keep_suspicious_out: z
    .boolean()
    .describe(
      'Ad platforms are told nothing of suspicious people and leads; switched off, what was kept back and is still in its window is sent.',
    ),
};
const createBody = z.strictObject({ ...z.object(fields).partial().shape, name: fields.name });
const changeBody = z.strictObject(z.object(fields).partial().shape);

const workspaceSchema = z
  .object({
    workspace_id: z.string(),
    name: z.string(),
    timezone: z.string(),
    currency: z.string(),
    expected_countries: z.array(z.string()),
    default_consent: z.string(),
    retention: retentionSchema,
    score_weights: weightsSchema,
    keep_suspicious_out: z.boolean(),
    is_demo: z.boolean(),
    created_at: timeField,
  })
  .meta({ id: 'Workspace', description: 'Who owns bots, pools, clicks and everything else.' });

const tags = ['Workspaces'];

/** `/api/v1/workspaces`. */
export function registerWorkspaceRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/workspaces',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List workspaces',
        description:
          'The workspaces that the key or the person may see: an admin key of the first workspace sees all, other keys see their own, a person those of their memberships.',
        querystring: pageQuery,
        response: { 200: pageSchema(workspaceSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const only = await listVisible(deps, request.actor);
      const wish = { limit: limit + 1, before: readCursor(cursor), only };
      const page = buildPage(await listWorkspaces(deps.db, wish), limit, (row) => row.workspace_id);
      return { data: page.rows.map(buildWorkspace), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/workspaces/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a workspace',
        description: 'One workspace with its settings.',
        params: idParams,
        response: { 200: workspaceSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const row = await findVisible(deps, request.actor, request.params.id);
      return row ? buildWorkspace(row) : refuse(reply, notFound('workspace'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/workspaces',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Add a workspace',
        description:
          'Takes an admin of the first workspace. Its first key is made by `POST /api/v1/api-keys` with its `workspace_id`.',
        body: createBody,
        response: { 201: workspaceSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { actor, body } = request;
      if (!(await isRootActor(deps, actor))) return refuse(reply, ONLY_ROOT);
      const row = await unlessTaken(() =>
        saveWorkspace(deps.db, { ...readColumns(body, {}), name: body.name }),
      );
      if (row === 'taken') return refuse(reply, NAME_TAKEN);
      if (actor.userId) {
        await saveMembership(deps.db, { workspaceId: row.workspace_id, userId: actor.userId, role: 'owner' });
      }
      await followChange(deps);
      reply.statusCode = 201;
      return buildWorkspace(row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/workspaces/:id',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Change a workspace',
        description: 'Its name and settings; `retention` and `score_weights` are replaced as a whole.',
        params: idParams,
        body: changeBody,
        response: { 200: workspaceSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const before = await findVisible(deps, request.actor, request.params.id);
      if (!before) return refuse(reply, notFound('workspace'));
      const columns = readColumns(request.body, before.settings);
      const row = await unlessTaken(() => updateWorkspace(deps.db, before.workspace_id, columns));
      if (row === 'taken') return refuse(reply, NAME_TAKEN);
      if (!row) return refuse(reply, notFound('workspace'));
      await followChange(deps);
      return buildWorkspace(row);
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/workspaces/:id',
    {
      onRequest: requireScope('admin'),
      schema: {
        tags,
        summary: 'Remove a workspace',
        description:
          'Takes an admin of the first workspace. Only one without bots, pools, gateways and destinations can be removed; its keys go with it.',
        params: idParams,
        response: { 200: z.object({ result: z.literal('deleted') }), ...errorResponses(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      if (!(await isRootActor(deps, request.actor))) return refuse(reply, ONLY_ROOT);
      const result = await removeWorkspace(deps.db, request.params.id);
      if (result === 'unknown') return refuse(reply, notFound('workspace'));
      if (result === 'in_use') return refuse(reply, IN_USE);
      deps.keys.forget();
      await followChange(deps);
      return { result };
    },
  );
}

const ONLY_ROOT = problem(403, 'Not allowed', 'This takes an admin of the first workspace.');
const NAME_TAKEN = problem(409, 'Name taken', 'There is a workspace of this name already.', [
  { path: 'name', message: 'is taken' },
]);
const IN_USE: Problem = problem(
  409,
  'In use',
  'The workspace is the first one, or still holds bots, pools, gateways or destinations.',
);

async function listVisible(deps: AppDeps, actor: Actor): Promise<string[] | null> {
  if (actor.userId) return (await listMemberships(deps.db, actor.userId)).map((one) => one.workspaceId);
  return (await isRootActor(deps, actor)) ? null : [actor.workspaceId];
}

/** A person sees and changes the workspace that the request is made in; the root's admins any. */
async function findVisible(
  deps: AppDeps,
  actor: Actor,
  workspaceId: string,
): Promise<WorkspaceRow | undefined> {
  const isVisible = actor.workspaceId === workspaceId || (await isRootActor(deps, actor));
  return isVisible ? findWorkspace(deps.db, workspaceId) : undefined;
}

type WorkspaceFields = z.infer<typeof changeBody>;

function readColumns(body: WorkspaceFields, before: unknown) {
  const { retention, score_weights, ...columns } = body;
  const old = settingsSchema.safeParse(before).data ?? {};
  const settings = {
    ...old,
    ...(retention === undefined ? {} : { retention }),
    ...(score_weights === undefined ? {} : { score_weights }),
  };
  return { ...columns, settings: JSON.stringify(settings) };
}

function isTimezone(name: string): boolean {
  try {
    return (
      (new Intl.DateTimeFormat('en', { timeZone: name }) !== null && name.includes('/')) || name === 'UTC'
    );
  } catch {
    return false;
  }
}

function buildWorkspace(row: WorkspaceRow): z.infer<typeof workspaceSchema> {
  const settings = settingsSchema.safeParse(row.settings).data;
  return {
    workspace_id: row.workspace_id,
    name: row.name,
    timezone: row.timezone,
    currency: row.currency,
    expected_countries: row.expected_countries,
    default_consent: row.default_consent,
    retention: settings?.retention ?? {},
    score_weights: settings?.score_weights ?? {},
    keep_suspicious_out: row.keep_suspicious_out,
    is_demo: row.is_demo,
    created_at: row.created_at.toISOString(),
  };
}
