import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CrmRoom } from '../../crm-sync/crm-room.ts';
import type { App } from '../deps.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

/** HubSpot sends up to a hundred events at once. */
const BODY_LIMIT = 256 * 1024;

const DOC = {
  tags: ['Public edge'],
  summary: 'A CRM tells of a deal',
  description:
    'Called by CRMs only; the address of a connection is its `webhook_url`. Verified as each CRM specifies (401 if not), recorded, answered at once and followed afterwards. The generic kind is signed as Standard Webhooks says.',
  params: z.object({ connection_id: z.string() }),
  response: { 200: z.object({ ok: z.literal(true) }), ...errorResponses(401, 404, 413, 503) },
};

/** `POST /webhooks/crm/:connection_id`. */
export function registerCrmWebhookRoutes(app: App, deps: { readonly crm: CrmRoom }): void {
  app.register(async (scope: App) => {
    // Signatures are over the bytes as they came, whatever their content type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    scope.post('/webhooks/crm/:connection_id', { schema: DOC }, async (request, reply) => {
      const receipt = await deps.crm.receiveWebhook({
        connectionId: request.params.connection_id,
        method: request.method,
        path: request.url,
        rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        headers: readSingles(request.headers),
      });
      if (receipt.kind === 'not_found') return refuse(reply, notFound('connection'));
      if (receipt.kind === 'refused') return refuse(reply, problem(401, 'Not verified', receipt.reason));
      return { ok: true as const };
    });
  });
}

/** Names that came once; what came several times is not for a CRM to send, and counts as absent. */
function readSingles(headers: FastifyRequest['headers']): Record<string, string> {
  const entries = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
