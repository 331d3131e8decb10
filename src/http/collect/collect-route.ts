import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBatch, readItems } from '../../capture/collect-body.ts';
import { buildDefaultConsent } from '../../capture/collect-consent.ts';
import { buildBatchFact } from '../../capture/collect-fact.ts';
import { readTextBody } from '../../capture/tracking-body.ts';
import {
  FOREIGN_ORIGIN,
  limited,
  malformed,
  NOT_RECORDED,
  type Refusal,
  sendJson,
  sendRefusal,
  TOO_LARGE,
  UNKNOWN_DOMAIN,
} from './answers.ts';
import type { CollectSite } from './collect-site.ts';
import { buildCorsHeaders } from './cors.ts';
import { readBody } from './read-body.ts';

/** `POST /api/collect`: a batch of a site's script, or of its server. */
export class CollectRoute {
  readonly #site: CollectSite;

  constructor(site: CollectSite) {
    this.#site = site;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const cors = buildCorsHeaders(request, this.#site.isSiteOrigin);
    const refuse = (refusal: Refusal, headers = cors): void => sendRefusal(response, refusal, headers);
    const body = await readBody(request);
    if (body.kind === 'gone') return;
    if (body.kind === 'too_large') return refuse(TOO_LARGE);
    const read = readBatch(readTextBody(body.bytes.toString()));
    if (read.kind === 'bad') return refuse(malformed('The body is no batch; see errors.', read.errors));
    const exchange = this.#site.open(request, read.batch.domainId);
    if (exchange.kind === 'unknown') return refuse(UNKNOWN_DOMAIN);
    if (exchange.kind === 'foreign') return refuse(FOREIGN_ORIGIN, {});
    const rate = this.#site.takeBatch(exchange);
    if (rate.kind === 'refused') return refuse(limited(rate.retryAfterSeconds));
    const { items, rejected } = readItems(read.batch, {
      domainId: exchange.frame.domainId,
      at: exchange.frame.at,
      defaultConsent: buildDefaultConsent(exchange.defaultConsent, request.headers['sec-gpc'] === '1'),
    });
    const fact = buildBatchFact(exchange.frame, read.batch, items);
    if (items.length > 0 && !(await this.#site.record(fact))) return refuse(NOT_RECORDED);
    this.#site.count({ accepted: items.length, rejected: rejected.length });
    sendJson(response, 202, { accepted: items.length, rejected }, cors);
  }
}
