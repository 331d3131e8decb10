import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildDefaultConsent } from '../../capture/collect-consent.ts';
import { buildLeadFact } from '../../capture/collect-fact.ts';
import { type Fields, isFields } from '../../capture/collect-fields.ts';
import { readForm, readLeadJson } from '../../capture/collect-form.ts';
import { type LeadResult, readPostedLead } from '../../capture/collect-lead.ts';
import { readTextBody } from '../../capture/tracking-body.ts';
import { cut } from '../../capture/visit.ts';
import { buildId } from '../../domain/ids.ts';
import {
  FOREIGN_ORIGIN,
  invalid,
  limited,
  malformed,
  NOT_RECORDED,
  type Refusal,
  sendJson,
  sendRefusal,
  TOO_LARGE,
  UNKNOWN_DOMAIN,
} from './answers.ts';
import type { CollectSite, Exchange } from './collect-site.ts';
import { buildCorsHeaders } from './cors.ts';
import { isFormType, readFormBody } from './form-body.ts';
import { sendFormRefusal, sendThanks } from './form-page.ts';
import { readBody } from './read-body.ts';

const MAX_REFERER = 8192;

/** `POST /api/leads`: one lead as JSON, or a plain HTML form that works without scripts. */
export class LeadsRoute {
  readonly #site: CollectSite;

  constructor(site: CollectSite) {
    this.#site = site;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const contentType = String(request.headers['content-type'] ?? '').toLowerCase();
    const isForm = isFormType(contentType);
    const isForPerson = isForm && !/application\/json/i.test(request.headers.accept ?? '');
    const cors = buildCorsHeaders(request, this.#site.isSiteOrigin);
    const refuse = (refusal: Refusal, headers = cors): void =>
      isForPerson ? sendFormRefusal(request, response, refusal) : sendRefusal(response, refusal, headers);
    const body = await readBody(request);
    if (body.kind === 'gone') return;
    if (body.kind === 'too_large') return refuse(TOO_LARGE);
    const fields = await readFields(body.bytes, request.headers['content-type'] ?? '');
    if (fields === null) return refuse(malformed('The body is not what its content type says.'));
    if (typeof fields.domain_id !== 'string') return refuse(malformed('domain_id is missing.', [NO_DOMAIN]));
    const exchange = this.#site.open(request, fields.domain_id);
    if (exchange.kind === 'unknown') return refuse(UNKNOWN_DOMAIN);
    if (exchange.kind === 'foreign') return refuse(FOREIGN_ORIGIN, {});
    const rate = this.#site.takeLead(exchange, isForm);
    if (rate.kind === 'refused') return refuse(limited(rate.retryAfterSeconds));
    const read = readLeadOf(request, exchange, fields);
    if (read.kind === 'bad') return refuse(invalid(read.errors));
    if (!(await this.#site.record(buildLeadFact(exchange.frame, read.lead)))) return refuse(NOT_RECORDED);
    this.#site.count({ accepted: 1, rejected: 0 });
    if (!isForPerson) return sendJson(response, 202, { lead_id: read.lead.item.id }, cors);
    sendOn(request, response, { exchange, next: fields._next, pageUrl: read.lead.item.pageUrl });
  }
}

const NO_DOMAIN = { path: 'domain_id', message: 'Must be the id of a domain.' };

/** The posted fields in our spelling; null if the body is not what its type says. */
async function readFields(bytes: Buffer, contentType: string): Promise<Fields | null> {
  if (isFormType(contentType.toLowerCase())) {
    const entries = await readFormBody(bytes, contentType);
    return entries === null ? null : readForm(entries);
  }
  const body = readTextBody(bytes.toString());
  return isFields(body) ? readLeadJson(body) : null;
}

function readLeadOf(
  request: IncomingMessage,
  { frame, defaultConsent }: Exchange,
  fields: Fields,
): LeadResult {
  return readPostedLead(fields, {
    domainId: frame.domainId,
    at: frame.at,
    newId: buildId(frame.at),
    referer: cut(request.headers.referer, MAX_REFERER),
    defaultConsent: buildDefaultConsent(defaultConsent, request.headers['sec-gpc'] === '1'),
  });
}

interface Onward {
  readonly exchange: Exchange;
  /** As posted. */
  readonly next: unknown;
  readonly pageUrl: string | null;
}

/** Back to the site where its form says so; never to anybody else's, for then anyone could send people anywhere. */
function sendOn(request: IncomingMessage, response: ServerResponse, onward: Onward): void {
  const { exchange, next, pageUrl } = onward;
  const base = pageUrl ?? exchange.origins[0];
  const target = typeof next === 'string' ? readOwnUrl(next, base, exchange.origins) : null;
  if (target === null) {
    const back = pageUrl === null ? null : readOwnUrl(pageUrl, undefined, exchange.origins);
    sendThanks(request, response, back);
    return;
  }
  response.writeHead(303, { location: target, 'content-length': '0', 'cache-control': 'no-store' });
  response.end();
}

/** An address of the site's own, whole; null for any other. */
function readOwnUrl(text: string, base: string | undefined, origins: readonly string[]): string | null {
  const url = URL.parse(text.trim(), base);
  return url !== null && url.username === '' && url.password === '' && origins.includes(url.origin)
    ? url.href
    : null;
}
