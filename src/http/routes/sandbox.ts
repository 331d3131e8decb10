import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { buildQrPng } from '../../bot/qr-picture.ts';
import type { PaymentRoom } from '../../payments/payment-room.ts';
import type { App } from '../deps.ts';
import { readPageLanguage } from '../pages/language.ts';
import { buildNonce, buildPageHeaders } from '../pages/layout.ts';
import { buildSandboxPage } from '../pages/sandbox.ts';
import { problem, refuse } from '../problem.ts';

const CHARGE_PATH = '/sandbox/charges/:charge_id';
const eventSchema = z.enum(['paid', 'expired', 'refunded']);

/** The sandbox gateway's own pages: whoever knows a charge's id may play its payer. */
export function registerSandboxRoutes(app: App, deps: { readonly payments: PaymentRoom }): void {
  app.register(async (scope: App) => {
    // The buttons' forms have no fields.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 1024 }, (_request, _body, done) =>
      done(null),
    );
    const params = z.object({ charge_id: z.string() });
    scope.get(CHARGE_PATH, { schema: { hide: true, params } }, (request, reply) =>
      sendCharge(deps.payments, request, reply),
    );
    scope.post(
      `${CHARGE_PATH}/:event`,
      { schema: { hide: true, params: params.extend({ event: eventSchema }) } },
      async (request, reply) => {
        if (isForeign(request)) {
          return refuse(reply, problem(403, 'Foreign origin', 'Use the buttons of the charge’s own page.'));
        }
        const { charge_id: chargeId, event } = request.params;
        await deps.payments.sandbox.play(chargeId, event);
        return reply.redirect(`/sandbox/charges/${encodeURIComponent(chargeId)}`, 303);
      },
    );
  });
}

/** There is no cookie to abuse, but another site has no business in pressing the buttons either. */
const isForeign = (request: FastifyRequest): boolean =>
  !['same-origin', 'none', undefined].includes(request.headers['sec-fetch-site']);

async function sendCharge(
  payments: PaymentRoom,
  request: FastifyRequest<{ Params: { charge_id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const charge = await payments.sandbox.find(request.params.charge_id);
  const qrPng = charge?.status === 'created' ? await buildQrPng(charge.copyPaste) : null;
  const nonce = buildNonce();
  const language = readPageLanguage(request.headers['accept-language']);
  return reply
    .code(charge ? 200 : 404)
    .headers(buildPageHeaders({ nonce, form: true }))
    .send(buildSandboxPage(charge, qrPng, { language, nonce }));
}
