import { z } from 'zod';
import { type Trace, traceOf } from '../../reports/trace.ts';
import { requireScope } from '../auth.ts';
import type { App, AppDeps } from '../deps.ts';
import { timeField } from '../fields.ts';
import { readPageLanguage } from '../pages/language.ts';
import { errorResponses, notFound, refuse } from '../problem.ts';

const receiptSchema = z.object({
  platform: z.string(),
  status: z.string().describe('`success`, `failed` or `pending`.'),
  attempt: z.number(),
  http_status: z.number().nullable(),
  reference: z.string().nullable().describe('The platform’s own reference, such as Meta’s `fbtrace_id`.'),
  reason: z.string().nullable(),
  answer: z.unknown().describe('Its answer as it came, without secrets.'),
});

const traceSchema = z
  .object({
    ref: z.string(),
    hops: z.array(
      z.object({
        at: timeField,
        kind: z
          .string()
          .describe(
            'touch, click, cookies, consent, start, broadcast, charge, payment, delivery_page, lead, stage, crm, conversion or delivery.',
          ),
        id: z.string(),
        matched_by: z.string().nullable().describe('The rule that joined this hop; null where nothing did.'),
        why: z
          .string()
          .describe('In the language that was asked for; a platform’s own words as it said them.'),
        receipt: receiptSchema.nullable(),
      }),
    ),
  })
  .meta({ id: 'Trace', description: 'The whole story of a sale, in the order of time.' });

/** `GET /api/v1/trace/:ref`. */
export function registerTraceRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/api/v1/trace/:ref',
    {
      preHandler: requireScope('read'),
      schema: {
        tags: ['Trace'],
        summary: 'Tell the story of a sale',
        description:
          'By a click’s tracking token, a payment id, a lead id, a Telegram user id or an fbclid: what matched by which rule, what did not and why, and each delivery with its receipt. A platform’s own words are never translated.',
        params: z.object({ ref: z.string() }),
        querystring: z.object({
          lang: z
            .enum(['pt', 'en'])
            .optional()
            .describe('Of `why`; by `Accept-Language` if absent, and English where that says nothing.'),
        }),
        response: { 200: traceSchema, ...errorResponses(401, 404, 422) },
      },
    },
    async (request, reply) => {
      const language = request.query.lang ?? readPageLanguage(request.headers['accept-language']);
      const { workspaceId } = request.actor;
      const trace = await traceOf(deps.db, { workspaceId, ref: request.params.ref, language });
      return trace.hops.length === 0 ? refuse(reply, notFound('story')) : buildTraceAnswer(trace);
    },
  );
}

function buildTraceAnswer({ ref, hops }: Trace): z.infer<typeof traceSchema> {
  return { ref, hops: hops.map((hop) => ({ ...hop, at: hop.at.toISOString() })) };
}
