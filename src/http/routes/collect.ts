import { z } from 'zod';
import type { App, AppDeps } from '../deps.ts';
import { errorResponses } from '../problem.ts';

const tags = ['Public edge'];

const rejectedSchema = z.object({
  index: z.int().describe('Place in `items`, from 0.'),
  message: z.string(),
});

const COLLECT_SCHEMA = {
  tags,
  summary: 'Page views, events and leads of a site',
  description:
    'Body as `application/json` or, for beacons, JSON as `text/plain`: `{domain_id, session_id, visitor_id?, sent_at, consent?, items}` with up to 100 items, each `{type: page_view | event | lead, id, occurred_at, page_url, …}`. The same item id again changes nothing. `occurred_at` is corrected by received - `sent_at`. From a browser only the domain’s own origins are served; without an Origin header anybody who knows the domain.',
  response: {
    202: z.object({ accepted: z.int(), rejected: z.array(rejectedSchema) }),
    ...errorResponses(400, 403, 404, 413, 429, 503),
  },
};

const LEADS_SCHEMA = {
  tags,
  summary: 'One lead, as JSON or as a plain HTML form',
  description:
    'JSON: `{domain_id, session_id?, id?, occurred_at?, page_url?, name?, email?, phone?, company?, message?, form_location?, external_id?, extensions?, metadata?, consent?}`; other texts are kept among the extensions. A form (urlencoded or multipart) with a `domain_id` field is answered by 303 to `_next` if that is on the domain’s own origins, else by a small page; `_gotcha` is the honeypot.',
  response: {
    202: z.object({ lead_id: z.string() }),
    ...errorResponses(400, 403, 404, 413, 422, 429, 503),
  },
};

/**
 * What sites post. The server gives such requests to the raw handler before the framework sees them; these routes
 * describe them, and pass on a request that came by another way.
 */
export function registerCollectRoutes(app: App, deps: Pick<AppDeps, 'collectHandler'>): void {
  for (const [url, schema] of [
    ['/api/collect', COLLECT_SCHEMA],
    ['/api/leads', LEADS_SCHEMA],
  ] as const) {
    app.route({
      method: 'POST',
      url,
      schema,
      onRequest: async (request, reply) => {
        reply.hijack();
        deps.collectHandler(request.raw, reply.raw);
      },
      handler: () => undefined,
    });
  }
}
