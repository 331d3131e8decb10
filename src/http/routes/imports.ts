import { z } from 'zod';
import { isId } from '../../domain/ids.ts';
import { readCsvTable } from '../../io/csv-table.ts';
import { importTable } from '../../leads/import/import-table.ts';
import { findDomain } from '../../settings/domains.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { flagQuery } from '../fields.ts';
import { badField, errorResponses, notFound, problem, refuse } from '../problem.ts';

const rejectedSchema = z.object({ line: z.int().describe('Counted from 1.'), reason: z.string() });

const reportSchema = z
  .object({
    rows: z.int(),
    saved: z.int().describe('New leads.'),
    matched: z.int().describe('Stages and sales of leads that were known.'),
    known: z.int().describe('Rows of an earlier import, or twice in the file.'),
    rejected: z.array(rejectedSchema),
    dry_run: z.boolean(),
  })
  .meta({ id: 'ImportReport', description: 'What became of a file, or would.' });

const DOC = {
  tags: ['Leads'],
  summary: 'Import leads or past sales',
  description:
    'A CSV file as `text/csv`, with a header in Portuguese or English; times are the workspace’s. The same file again changes nothing. Larger files: `rastro import`.',
  consumes: ['text/csv'],
  params: z.object({ kind: z.enum(['leads', 'sales']) }),
  querystring: z.strictObject({
    domain_id: z.string().optional().describe('The site of the leads.'),
    dry_run: flagQuery.optional().describe('Only say what would be done.'),
  }),
  response: { 200: reportSchema, ...errorResponses(400, 401, 403, 404, 413, 415, 422) },
};

/** `POST /api/v1/imports/:kind`. */
export function registerImportRoutes(app: App, deps: AppDeps): void {
  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post(
      '/api/v1/imports/:kind',
      { onRequest: requireScope('write'), schema: DOC },
      async (request, reply) => {
        const { workspaceId } = request.actor;
        const { domain_id: domainId, dry_run: isDryRun = false } = request.query;
        const workspace = deps.registry.workspace(workspaceId);
        if (!workspace) return refuse(reply, notFound('workspace'));
        const isKnown = domainId === undefined || (await hasDomain(deps, workspaceId, domainId));
        if (!isKnown) return refuse(reply, badField('domain_id', 'is no domain of this workspace'));
        const table = readCsvTable(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
        if (table.kind === 'unreadable') return refuse(reply, problem(400, 'Malformed body', table.reason));
        const result = await importTable({
          db: deps.db,
          tools: deps.leads,
          target: {
            kind: request.params.kind,
            workspaceId,
            domainId: domainId ?? null,
            consentAds: workspace.defaultConsent,
            isDryRun,
          },
          timezone: workspace.timezone,
          now: new Date(deps.clock.now()),
          header: table.header,
          rows: table.rows,
          onProgress: () => undefined,
        });
        if (result.kind === 'unusable') return refuse(reply, badField('', result.reason));
        const { rejected, ...counts } = result.report;
        return {
          ...counts,
          rejected: rejected.map(({ line, reason }) => ({ line, reason })),
          dry_run: isDryRun,
        };
      },
    );
  });
}

const hasDomain = async (deps: AppDeps, workspaceId: string, domainId: string): Promise<boolean> =>
  isId(domainId) && (await findDomain(deps.db, { workspaceId, domainId })) !== undefined;
