import { z } from 'zod';
import { drawReport } from '../../report-mails/draw-report.ts';
import { buildReportView } from '../../report-mails/report-view.ts';
import { readDayRange } from '../../reports/analytics/day-range.ts';
import { findPeriodSummary } from '../../reports/period-summary.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { readPageLanguage } from '../pages/language.ts';
import { badField, errorResponses, notFound, refuse } from '../problem.ts';

/** Nothing but its own inline styles: mail programs know no style sheets, and nothing comes from outside. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const query = z.strictObject({
  from: z.string().optional().describe('A date, inclusive, in the workspace’s zone; 30 days back if absent.'),
  to: z.string().optional().describe('A date, inclusive; today if absent.'),
  every: z.enum(['week', 'month']).default('month').describe('What it is called.'),
  lang: z.enum(['pt', 'en']).optional().describe('By `Accept-Language` if absent.'),
});

/** `GET /api/v1/reports/period`: the report of any days as the page that is mailed, to be read or printed. */
export function registerPeriodReportRoute(app: App, { db, registry, clock, publicUrl }: AppDeps): void {
  app.get(
    '/api/v1/reports/period',
    {
      onRequest: requireScope('read'),
      schema: {
        tags: ['Reports'],
        summary: 'The report of any days, as a page',
        description: 'HTML, as it is mailed: printed from the browser it is a PDF.',
        querystring: query,
        response: {
          200: { description: 'The report.', content: { 'text/html': { schema: z.string() } } },
          ...errorResponses(401, 403, 404, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const { from, to, every, lang } = request.query;
      const { workspaceId } = request.actor;
      const workspace = registry.workspace(workspaceId);
      if (!workspace) return refuse(reply, notFound('workspace'));
      const { timezone } = workspace;
      const read = readDayRange({ from, to, timezone: undefined }, { timezone, now: clock.now() });
      if (read.kind === 'refused') return refuse(reply, badField(read.path, read.message));
      const period = { from: read.range.from, to: read.range.to };
      const summary = await findPeriodSummary(db, { workspaceId, period });
      if (!summary) return refuse(reply, notFound('workspace'));
      const language = lang ?? readPageLanguage(request.headers['accept-language']);
      reply.header('content-type', 'text/html; charset=utf-8');
      reply.header('content-security-policy', POLICY);
      return drawReport(buildReportView(summary, { language, every, publicUrl }));
    },
  );
}
