import { z } from 'zod';
import { readContent } from '../../broadcasts/broadcast-row.ts';
import { buildMessage } from '../../broadcasts/build-message.ts';
import { type BroadcastContent, contentSchema } from '../../broadcasts/content.ts';
import {
  findTemplate,
  listTemplates,
  removeTemplate,
  saveTemplate,
  type TemplateRow,
  updateTemplate,
} from '../../broadcasts/templates.ts';
import { testTemplate } from '../../broadcasts/test-template.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { idParams, textField, timeField } from '../fields.ts';
import { buildPage, pageQuery, pageSchema, readCursor } from '../paging.ts';
import { badFields, errorResponses, notFound, type Problem, problem, refuse } from '../problem.ts';
import { unlessTaken } from '../unless-taken.ts';

const templateSchema = z
  .object({
    template_id: z.string(),
    name: z.string(),
    content: contentSchema,
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'BroadcastTemplate', description: 'What broadcasts say.' });

const createBody = z.strictObject({ name: textField(120), content: contentSchema });
const changeBody = z.strictObject(createBody.partial().shape);
const previewSchema = z.object({
  html: z.string().describe('As Telegram gets it.'),
  buttons: z.array(z.object({ text: z.string(), url: z.string().nullable() })),
});
const testBody = z.strictObject({
  bot_id: z.guid(),
  telegram_user_id: z.string().regex(/^\d{1,18}$/, 'must be a Telegram user id'),
});
const tags = ['Broadcasts'];
const path = '/api/v1/broadcast-templates';

/** `/api/v1/broadcast-templates`. */
export function registerBroadcastTemplateRoutes(app: App, deps: AppDeps): void {
  registerReads(app, deps);
  registerPreview(app, deps);
  registerCreate(app, deps);
  registerChange(app, deps);
  registerTest(app, deps);
}

function registerReads(app: App, deps: AppDeps): void {
  app.get(
    path,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List broadcast templates',
        description: 'The templates of the workspace, newest first.',
        querystring: pageQuery,
        response: { 200: pageSchema(templateSchema), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const { workspaceId } = request.actor;
      const rows = await listTemplates(deps.db, {
        workspaceId,
        limit: limit + 1,
        before: readCursor(cursor),
      });
      const page = buildPage(rows, limit, (row) => row.template_id);
      return { data: page.rows.map(buildTemplate), next_cursor: page.nextCursor };
    },
  );
  app.get(
    `${path}/:id`,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Read a broadcast template',
        description: 'One template.',
        params: idParams,
        response: { 200: templateSchema, ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findTemplate(deps.db, { workspaceId, templateId: request.params.id });
      return row ? buildTemplate(row) : refuse(reply, notFound('template'));
    },
  );
}

const EXAMPLE = {
  ...{ first_name: 'Ana', last_name: 'Souza', username: 'ana', city: 'Campinas', state: 'SP' },
  bot: '@seu_bot',
};

function registerPreview(app: App, deps: AppDeps): void {
  app.get(
    `${path}/:id/preview`,
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'Preview a broadcast template',
        description: 'The message as an invented person would get it, with the button to want no more.',
        params: idParams,
        querystring: z.strictObject({ language: z.enum(['pt', 'en']).default('pt') }),
        response: { 200: previewSchema, ...errorResponses(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const row = await findTemplate(deps.db, { workspaceId, templateId: request.params.id });
      if (!row) return refuse(reply, notFound('template'));
      const content = readContent(row.content);
      const products = content.buttons.flatMap((button) =>
        button.kind === 'product' ? (deps.registry.product(button.product_id) ?? []) : [],
      );
      const { language } = request.query;
      const context = { language, values: EXAMPLE, products, sourceId: row.template_id };
      const { html, keyboard } = buildMessage(content, context);
      const buttons = keyboard.flat().map((button) => ({
        text: button.text,
        url: 'url' in button ? button.url : null,
      }));
      return { html, buttons };
    },
  );
}

function registerCreate(app: App, deps: AppDeps): void {
  app.post(
    path,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Add a broadcast template',
        description:
          'Text, markup and variables are checked here, so that no broadcast stops half-way over them.',
        body: createBody,
        response: { 201: templateSchema, ...errorResponses(400, 401, 403, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { name, content } = request.body;
      const { workspaceId } = request.actor;
      const wrong = checkProducts(deps, workspaceId, content);
      if (wrong) return refuse(reply, wrong);
      const row = await unlessTaken(() => saveTemplate(deps.db, { workspaceId, name, content }));
      if (row === 'taken') return refuse(reply, NAME_TAKEN);
      reply.statusCode = 201;
      return buildTemplate(row);
    },
  );
}

function registerChange(app: App, deps: AppDeps): void {
  app.patch(
    `${path}/:id`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Change a broadcast template',
        description: 'Broadcasts that were started say what it said then; `content` is replaced as a whole.',
        params: idParams,
        body: changeBody,
        response: { 200: templateSchema, ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { workspaceId } = request.actor;
      const wrong = body.content && checkProducts(deps, workspaceId, body.content);
      if (wrong) return refuse(reply, wrong);
      const key = { workspaceId, templateId: request.params.id };
      const row = await unlessTaken(() => updateTemplate(deps.db, key, body));
      if (row === 'taken') return refuse(reply, NAME_TAKEN);
      return row ? buildTemplate(row) : refuse(reply, notFound('template'));
    },
  );
  app.delete(
    `${path}/:id`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove a broadcast template',
        description: 'Drafts that name it need another one; broadcasts that were started go on.',
        params: idParams,
        response: { 200: z.object({ result: z.literal('deleted') }), ...errorResponses(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const key = { workspaceId: request.actor.workspaceId, templateId: request.params.id };
      const isRemoved = await removeTemplate(deps.db, key);
      return isRemoved ? { result: 'deleted' as const } : refuse(reply, notFound('template'));
    },
  );
}

function registerTest(app: App, deps: AppDeps): void {
  app.post(
    `${path}/:id/test`,
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Send a broadcast template to one person',
        description:
          'At once, to somebody who has started the bot: yourself, to see it. 409 with the reason if it cannot be sent.',
        params: idParams,
        body: testBody,
        response: {
          200: z.object({ telegram_message_id: z.int() }),
          ...errorResponses(400, 401, 403, 404, 409, 413, 415, 422),
        },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const template = await findTemplate(deps.db, { workspaceId, templateId: request.params.id });
      if (!template) return refuse(reply, notFound('template'));
      const { bot_id: botId, telegram_user_id: telegramUserId } = request.body;
      const result = await testTemplate(deps, template, { botId, telegramUserId });
      if (result.kind === 'refused') return refuse(reply, problem(409, 'Not sent', result.why));
      return { telegram_message_id: result.messageId };
    },
  );
}

const NAME_TAKEN = problem(409, 'Name taken', 'There is a template of this name already.', [
  { path: 'name', message: 'is taken' },
]);

function checkProducts(deps: AppDeps, workspaceId: string, { buttons }: BroadcastContent): Problem | null {
  const errors = buttons.flatMap((button, index) => {
    const isOwn =
      button.kind !== 'product' || deps.registry.product(button.product_id)?.workspaceId === workspaceId;
    const at = `content.buttons.${index}.product_id`;
    return isOwn ? [] : [{ path: at, message: 'is no product of this workspace' }];
  });
  return errors.length > 0 ? badFields(errors) : null;
}

const buildTemplate = (row: TemplateRow): z.infer<typeof templateSchema> => ({
  template_id: row.template_id,
  name: row.name,
  content: readContent(row.content),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});
