import { z } from 'zod';
import { listRates, saveRates } from '../../spend/currency-rates.ts';
import { importSpend } from '../../spend/import-spend.ts';
import { listSpend, removeSpend, saveSpend } from '../../spend/save-spend.ts';
import { buildSpendKey } from '../../spend/spend-row.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { currencyField, flagQuery } from '../fields.ts';
import { badField, badFields, errorResponses, notFound, problem, refuse } from '../problem.ts';
import {
  buildSpend,
  buildSpendImport,
  dayField,
  platformField,
  rateSchema,
  readSpend,
  spendBody,
  spendImportSchema,
  spendSchema,
} from '../spend-fields.ts';

const tags = ['Ad spend'];
const MOST_ROWS = 1_000;

/** `/api/v1/ad-spend` and `/api/v1/currency-rates`. */
export function registerAdSpendRoutes(app: App, deps: AppDeps): void {
  registerList(app, deps);
  registerSave(app, deps);
  registerRemove(app, deps);
  registerImport(app, deps);
  registerRates(app, deps);
}

function registerList(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/ad-spend',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List ad spend',
        description: 'Newest day first.',
        querystring: z.strictObject({
          from: dayField.default('0001-01-01'),
          to: dayField.default('9999-12-31'),
          platform: platformField.optional(),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(200),
          cursor: z
            .string()
            .regex(/^\d{1,9}$/, 'is not a cursor of this list')
            .default('0'),
        }),
        response: {
          200: z.object({ data: z.array(spendSchema), next_cursor: z.string().nullable() }),
          ...errorResponses(401, 403, 422),
        },
      },
    },
    async (request) => {
      const { from, to, platform, limit, cursor } = request.query;
      const scope = { workspaceId: request.actor.workspaceId, from, to, platform };
      const offset = Number(cursor);
      const rows = await listSpend(deps.db, { ...scope, limit: limit + 1, offset });
      return {
        data: rows.slice(0, limit).map(buildSpend),
        next_cursor: rows.length > limit ? String(offset + limit) : null,
      };
    },
  );
}

function registerSave(app: App, deps: AppDeps): void {
  app.post(
    '/api/v1/ad-spend',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Save ad spend',
        description:
          'Up to 1,000 rows, all or none. A row of the same day, platform, account, campaign, ad set and ad replaces the one before: sending again changes nothing.',
        body: z.strictObject({ rows: z.array(spendBody).min(1).max(MOST_ROWS) }),
        response: { 200: z.object({ saved: z.int() }), ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { workspaceId } = request.actor;
      const workspace = deps.registry.workspace(workspaceId);
      if (!workspace) return refuse(reply, notFound('workspace'));
      const rows = request.body.rows.map((row) => readSpend(row, workspace.currency));
      const seen = new Set<string>();
      const doubles = rows.flatMap((row, index) => {
        const key = buildSpendKey(row);
        if (!seen.has(key)) return seen.add(key) && [];
        return [{ path: `rows.${index}`, message: 'has the same key as a row before it' }];
      });
      if (doubles.length > 0) return refuse(reply, badFields(doubles));
      await saveSpend(deps.db, workspaceId, rows);
      return { saved: rows.length };
    },
  );
}

function registerRemove(app: App, deps: AppDeps): void {
  app.delete(
    '/api/v1/ad-spend',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Remove ad spend',
        description: 'All rows of some days, of one platform if it is named: to take back an import.',
        querystring: z.strictObject({ from: dayField, to: dayField, platform: platformField.optional() }),
        response: { 200: z.object({ removed: z.int() }), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => {
      const removed = await removeSpend(deps.db, {
        workspaceId: request.actor.workspaceId,
        ...request.query,
      });
      return { removed };
    },
  );
}

const importSchema = {
  tags,
  summary: 'Import an export of an ad platform',
  description:
    'A CSV file as `text/csv`, by day, as Meta, Google, TikTok or LinkedIn export it in English or Portuguese. The same file again changes nothing. Larger files: `rastro spend import`.',
  consumes: ['text/csv'],
  querystring: z.strictObject({
    platform: platformField.optional().describe('If the header does not tell.'),
    currency: currencyField.optional().describe('If the file does not tell; the workspace’s if absent.'),
    dry_run: flagQuery.optional().describe('Only say what would be done.'),
  }),
  response: { 200: spendImportSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
};

function registerImport(app: App, deps: AppDeps): void {
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post(
      '/api/v1/ad-spend/import',
      { onRequest: requireScope('write'), schema: importSchema },
      async (request, reply) => {
        const { workspaceId } = request.actor;
        const { platform = null, currency, dry_run: isDryRun = false } = request.query;
        const workspace = deps.registry.workspace(workspaceId);
        if (!workspace) return refuse(reply, notFound('workspace'));
        if (!Buffer.isBuffer(request.body))
          return refuse(reply, problem(400, 'Malformed body', 'The file is empty.'));
        const options = { workspaceId, platform, currency: currency ?? workspace.currency, isDryRun };
        const result = await importSpend(deps.db, request.body, options);
        if (result.kind === 'unusable') return refuse(reply, badField('', result.reason));
        return buildSpendImport(result.report, isDryRun);
      },
    );
  });
}

function registerRates(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/currency-rates',
    {
      onRequest: requireScope('read'),
      schema: {
        tags,
        summary: 'List currency rates',
        description: 'Newest day first.',
        querystring: z.strictObject({
          currency: currencyField.optional(),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(200),
        }),
        response: { 200: z.object({ data: z.array(rateSchema) }), ...errorResponses(401, 403, 422) },
      },
    },
    async (request) => ({
      data: await listRates(deps.db, { workspaceId: request.actor.workspaceId, ...request.query }),
    }),
  );
  app.post(
    '/api/v1/currency-rates',
    {
      onRequest: requireScope('write'),
      schema: {
        tags,
        summary: 'Save currency rates',
        description: 'Up to 1,000; one of the same day and currencies replaces the one before.',
        body: z.strictObject({ rates: z.array(rateSchema).min(1).max(MOST_ROWS) }),
        response: { 200: z.object({ saved: z.int() }), ...errorResponses(400, 401, 403, 413, 415, 422) },
      },
    },
    async (request) => {
      const byKey = new Map(
        request.body.rates.map((rate) => [`${rate.day} ${rate.currency} ${rate.base}`, rate]),
      );
      await saveRates(deps.db, request.actor.workspaceId, [...byKey.values()]);
      return { saved: byKey.size };
    },
  );
}
