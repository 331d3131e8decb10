import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PaymentRoom } from '../../payments/payment-room.ts';
import type { App } from '../deps.ts';
import { errorResponses, notFound, problem, refuse } from '../problem.ts';

const BODY_LIMIT = 64 * 1024;
const params = z.object({ gateway: z.string(), account_id: z.string() });

const DOC = {
  tags: ['Public edge'],
  summary: 'A payment gateway tells of a charge',
  description:
    'Called by gateways only; the address of an account is its `webhook_url`. Verified as each gateway specifies (401 if not). What it says is only a hint: the charge is asked for again at the gateway before anything changes.',
  params,
  response: { 200: z.object({ ok: z.literal(true) }), ...errorResponses(401, 404, 413, 503) },
};

/** `POST /webhooks/payments/:gateway/:account_id`. */
export function registerPaymentWebhookRoutes(app: App, deps: { readonly payments: PaymentRoom }): void {
  app.register(async (scope: App) => {
    // Signatures are over the bytes as they came, whatever their content type says.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    scope.post('/webhooks/payments/:gateway/:account_id', { schema: DOC }, async (request, reply) => {
      const { gateway, account_id: accountId } = request.params;
      const receipt = await deps.payments.receiveWebhook({
        gateway,
        accountId,
        rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        headers: readSingles(request.headers),
        query: readSingles(request.query),
      });
      if (receipt.kind === 'away') {
        return refuse(reply, problem(503, 'Database away', 'The accounts are not known yet; send it again.'));
      }
      if (receipt.kind === 'not_found') return refuse(reply, notFound('gateway account'));
      if (receipt.kind === 'refused') return refuse(reply, problem(401, 'Not verified', receipt.reason));
      return { ok: true as const };
    });
  });
}

/** Names that came once; what came several times is not for a gateway to send, and counts as absent. */
function readSingles(values: FastifyRequest['headers'] | unknown): Record<string, string> {
  const entries = Object.entries(values ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
