import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isKnownCrawler } from '../../capture/crawlers.ts';
import type { DeliveryView } from '../../payments/open-delivery.ts';
import type { PaymentRoom } from '../../payments/payment-room.ts';
import type { App } from '../deps.ts';
import { buildDeliveryPage } from '../pages/delivery.ts';
import { readPageLanguage } from '../pages/language.ts';
import { buildNonce, buildPageHeaders } from '../pages/layout.ts';

const DOC = {
  tags: ['Public edge'],
  summary: 'What was bought',
  description:
    'The page behind the link that a buyer gets. Unpaid: the gateway is asked again, then a page that refreshes by itself. Paid: the product, and the browser’s Purchase with the event id `purchase_<payment id>`. 404 page for an unknown token.',
  params: z.object({ delivery_token: z.string() }),
};

/** `GET /delivery/:delivery_token`. */
export function registerDeliveryRoutes(app: App, deps: { readonly payments: PaymentRoom }): void {
  app.get('/delivery/:delivery_token', { schema: DOC }, async (request, reply) => {
    const found = await deps.payments.viewDelivery(request.params.delivery_token);
    const isPerson = isReadByPerson(request);
    const view = isPerson ? found : buildUnwatched(found);
    const nonce = buildNonce();
    const language = readPageLanguage(request.headers['accept-language']);
    const page = buildDeliveryPage(view, { language, nonce });
    if (view.kind === 'paid' && isPerson) await recordOpened(deps.payments, request, view);
    const metaPixel = view.kind === 'paid' && view.pixelId !== null && !view.isDemo;
    return reply
      .code(view.kind === 'unknown' ? 404 : 200)
      .headers(buildPageHeaders({ nonce, metaPixel }))
      .send(page);
  });
}

/** Telegram fetches links that it shows, browsers fetch ahead: neither is the buyer's opening of the page. */
function isReadByPerson(request: FastifyRequest): boolean {
  const { purpose, 'sec-purpose': secPurpose, 'user-agent': userAgent } = request.headers;
  const isAhead = /prefetch|prerender|preview/i.test(`${String(purpose ?? '')} ${String(secPurpose ?? '')}`);
  return request.method === 'GET' && !isAhead && !isKnownCrawler((userAgent ?? '').slice(0, 500));
}

const buildUnwatched = (view: DeliveryView): DeliveryView =>
  view.kind === 'paid' ? { ...view, pixelId: null } : view;

/** Whoever has paid gets the page, even if this cannot be written down now. */
async function recordOpened(
  payments: PaymentRoom,
  request: FastifyRequest,
  view: Extract<DeliveryView, { kind: 'paid' }>,
): Promise<void> {
  try {
    await payments.recordDeliveryOpened(view.payment);
  } catch (error) {
    request.log.error({ err: error, paymentId: view.payment.id }, 'an opened delivery page was not noted');
  }
}
