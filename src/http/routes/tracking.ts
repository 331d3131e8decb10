import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type BodyResult,
  readConsentBody,
  readCookiesBody,
  readTextBody,
} from '../../capture/tracking-body.ts';
import type { ConsentFact } from '../../domain/facts.ts';
import type { App, AppDeps } from '../deps.ts';
import { sendProblem } from '../errors.ts';
import { BUILDER_PATH } from '../go/bridge-script.ts';
import { buildChoicePage } from '../go/choice-page.ts';
import { readPageLanguage } from '../pages/language.ts';
import { buildNonce, buildPageHeaders } from '../pages/layout.ts';
import { problem } from '../problem.ts';

type TrackingDeps = Pick<AppDeps, 'log' | 'clock' | 'registry'>;

const BEACON_TYPE = 'text/plain';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const BUILDER_FILE = new URL(
  '../../../vendor/meta-param-builder/clientParamBuilder.bundle.js',
  import.meta.url,
);

/** What pages report about a click (cookies, the person's choice), and the vendored script that they load. */
export function registerTrackingRoutes(app: App, deps: TrackingDeps): void {
  registerBuilder(app);
  app.register(async (scope) => {
    if (!scope.hasContentTypeParser(BEACON_TYPE)) {
      scope.addContentTypeParser(BEACON_TYPE, { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
    }
    if (!scope.hasContentTypeParser(FORM_TYPE)) {
      scope.addContentTypeParser(FORM_TYPE, { parseAs: 'string' }, (_request, body, done) =>
        done(null, Object.fromEntries(new URLSearchParams(String(body)))),
      );
    }
    scope.post('/api/tracking/cookies', { schema: COOKIES_SCHEMA }, async (request, reply) => {
      const result = readCookiesBody(readBody(request), deps.clock.now());
      return (await record(deps, reply, result)) ? reply.code(204).send() : reply;
    });
    scope.post('/api/tracking/consent', { schema: CONSENT_SCHEMA }, async (request, reply) => {
      const result = readConsentBody(readBody(request), deps.clock.now());
      if (!(await record(deps, reply, result))) return reply;
      const isForm = request.headers['content-type']?.startsWith(FORM_TYPE) === true;
      return isForm && result.kind === 'fact'
        ? sendChoice(deps, { request, reply, fact: result.fact })
        : reply.code(204).send();
    });
  });
}

const COOKIES_SCHEMA = {
  tags: ['Public edge'],
  summary: 'Cookies that a page found after it loaded',
  description:
    'Body as `application/json` or, for beacons, JSON as `text/plain`: `{tracking_token, _fbp?, _fbc?, _fbi?, page_type?}`. 204 also for an unknown token; 400 for a bad token or cookie.',
} as const;

const CONSENT_SCHEMA = {
  tags: ['Public edge'],
  summary: 'A person’s choice about ads',
  description:
    'Body as JSON, JSON as `text/plain`, or a form: `{tracking_token, ads: "granted" | "denied"}`. 204, or a small page for a form; 400 for a bad token or choice.',
} as const;

/** Beacons send JSON as plain text, because that needs no preflight. */
function readBody(request: FastifyRequest): unknown {
  return typeof request.body === 'string' ? readTextBody(request.body) : request.body;
}

/** Puts a fact in the log; a bad body is answered here, and then the result is false. */
async function record(deps: TrackingDeps, reply: FastifyReply, result: BodyResult<object>): Promise<boolean> {
  if (result.kind === 'bad') {
    const detail = 'The body is not what a page of ours sends; see errors.';
    sendProblem(reply, problem(400, 'Malformed body', detail, [...result.errors]));
    return false;
  }
  if (result.kind === 'fact') await deps.log.append(JSON.stringify(result.fact));
  return true;
}

interface Choice {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly fact: ConsentFact;
}

/** The form's own `bot_id` says which bot the person was on the way to; only a bot of ours makes a link. */
function sendChoice(deps: TrackingDeps, { request, reply, fact }: Choice): FastifyReply {
  const nonce = buildNonce();
  const botId = readField(request.body, 'bot_id');
  const username = (botId === null ? undefined : deps.registry.bot(botId))?.username ?? null;
  const language = readPageLanguage(request.headers['accept-language']);
  const html = buildChoicePage({ ads: fact.ads, language, token: fact.token, username, nonce });
  return reply.code(200).headers(buildPageHeaders({ nonce })).send(html);
}

function readField(body: unknown, name: string): string | null {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : null;
  return typeof value === 'string' ? value : null;
}

/** Served by us, so that the page needs no other host for it; its version stands in the path, so it is kept for ever. */
function registerBuilder(app: App): void {
  const script = readFileSync(BUILDER_FILE);
  const packed = gzipSync(script, { level: 9 });
  app.get(BUILDER_PATH, { schema: { hide: true } }, (request, reply) => {
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    reply.headers({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    });
    if (takesGzip) reply.header('content-encoding', 'gzip');
    reply.send(takesGzip ? packed : script);
  });
}
