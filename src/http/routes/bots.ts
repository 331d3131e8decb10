import { z } from 'zod';
import { type BotSetupResult, changeBot, setUpBot, tearDownBot } from '../../settings/bot-setup.ts';
import { type BotRow, findBot, listBots } from '../../settings/bots.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery, idParams, removalSchema, textField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badField, errorResponses, notFound, type Problem, problem, refuse } from '../problem.ts';

const botSchema = z
  .object({
    bot_id: z.string(),
    name: z.string(),
    username: z.string().describe('As Telegram says it.'),
    telegram_bot_id: z.string(),
    has_telegram_token: z.boolean(),
    has_webhook_secret: z.boolean(),
    welcome_message: z.string(),
    is_active: z.boolean(),
    is_simulated: z.boolean().describe('Talks to the built-in simulator instead of Telegram.'),
    delivery: z.enum(['webhook', 'polling']).describe('How Telegram’s updates come.'),
    delivery_problem: z.string().nullable().describe('Why there is no webhook, if there is none.'),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Bot', description: 'A Telegram bot of the workspace.' });

const tokenField = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_:-]{1,200}$/, 'must be the token that BotFather gave, like 123456:ABC…')
  .describe('Write-only.');

const fields = {
  name: textField(120),
  telegram_token: tokenField,
  webhook_secret: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,256}$/, 'may hold letters, digits, _ and -, at most 256')
    .describe('Write-only; made here if absent.'),
  welcome_message: z.string().max(3000),
  is_active: z.boolean(),
  username: textField(64).describe('Ignored: Telegram says it.'),
};

const createBody = z.strictObject({
  ...z.object(fields).partial().shape,
  telegram_token: fields.telegram_token,
});
const changeBody = z.strictObject(z.object(fields).partial().shape);
const tags = ['Bots'];

/** `/api/v1/bots`. */
export function registerBotRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerRemove(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/bots',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List bots',
        description: 'The bots of the workspace, newest first.',
        querystring: pageQuery.extend({ is_active: flagQuery.optional() }),
        response: { 200: pageSchema(botSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor, is_active: isActive } = request.query;
      const { workspaceId } = request.actor;
      const wish = { workspaceId, limit: limit + 1, before: readCursor(cursor), isActive };
      const page = buildPage(await listBots(deps.db, wish), limit, (row) => row.bot_id);
      return { data: page.rows.map(buildBot), next_cursor: page.nextCursor };
    },
  );
  app.get(
    '/api/v1/bots/:id',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a bot',
        description: 'One bot; its token and webhook secret are never shown.',
        params: idParams,
        response: { 200: botSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findBot(deps.db, { workspaceId, botId: request.params.id });
      return row ? buildBot(row) : refuse(reply, notFound('bot'));
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/bots',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a bot',
        description:
          'Asks Telegram who the token belongs to (`getMe`) and has it send updates here (`setWebhook`). Where Telegram cannot call this address, the bot polls: see `delivery`.',
        body: createBody,
        response: { 201: botSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const result = await setUpBot(deps, {
        workspaceId: request.actor.workspaceId,
        name: body.name,
        token: body.telegram_token,
        ...(body.webhook_secret === undefined ? {} : { webhookSecret: body.webhook_secret }),
        welcomeMessage: body.welcome_message ?? '',
        isActive: body.is_active ?? true,
      });
      if (result.kind !== 'saved') return refuse(reply, buildRefusal(result));
      reply.statusCode = 201;
      return buildBot(result.bot);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    '/api/v1/bots/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a bot',
        description:
          'Another token is asked for at Telegram and gets its own webhook; `is_active: false` takes the webhook away.',
        params: idParams,
        body: changeBody,
        response: { 200: botSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const before = await findBot(deps.db, { workspaceId, botId: request.params.id });
      if (!before) return refuse(reply, notFound('bot'));
      const wish = {
        name: body.name,
        token: body.telegram_token,
        webhookSecret: body.webhook_secret,
        welcomeMessage: body.welcome_message,
        isActive: body.is_active,
      };
      const result = await changeBot(deps, { before, wish });
      return result.kind === 'saved' ? buildBot(result.bot) : refuse(reply, buildRefusal(result));
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/bots/:id',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a bot',
        description:
          'Takes the webhook away and deletes the bot. One that has products, clicks, users or payments is kept and switched off.',
        params: idParams,
        response: { 200: removalSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findBot(deps.db, { workspaceId, botId: request.params.id });
      const result = row ? await tearDownBot(deps, row) : 'unknown';
      return result === 'unknown' ? refuse(reply, notFound('bot')) : { result };
    },
  );
}

function buildRefusal(result: Exclude<BotSetupResult, { kind: 'saved' }>): Problem {
  if (result.kind === 'unknown') return notFound('bot');
  if (result.kind === 'taken') {
    return problem(
      409,
      'Bot taken',
      'This Telegram bot is active here already; switch the other one off first.',
    );
  }
  if (result.kind === 'bad_token') {
    return badField('telegram_token', `Telegram does not take this token: ${result.detail}`);
  }
  return problem(503, 'Telegram unreachable', `Telegram did not answer (${result.detail}); try again.`);
}

function buildBot(row: BotRow): z.infer<typeof botSchema> {
  return {
    bot_id: row.bot_id,
    name: row.name,
    username: row.username,
    telegram_bot_id: String(row.telegram_bot_id),
    has_telegram_token: true,
    has_webhook_secret: true,
    welcome_message: row.welcome_message,
    is_active: row.is_active,
    is_simulated: row.is_simulated,
    delivery: row.delivery === 'polling' ? 'polling' : 'webhook',
    delivery_problem: row.delivery_problem,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
