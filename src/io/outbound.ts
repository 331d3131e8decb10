import { isIP } from 'node:net';
import { SpanStatusCode } from '@opentelemetry/api';
import { Agent, type Dispatcher, request as send } from 'undici';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { Logger } from './logger.ts';
import { BLOCKED_CODE, buildAddressGuard, buildGuardedLookup } from './outbound-guard.ts';
import { traced } from './tracing/traced.ts';

/** An answer, or why there is none; `detail` is fixed words and an error code, never an address or a secret. */
export type OutboundResult =
  | { readonly kind: 'answer'; readonly response: HttpResponse; readonly durationMs: number }
  | {
      readonly kind: 'failure';
      readonly failure: 'timeout' | 'network' | 'blocked' | 'too_large';
      readonly detail: string;
      readonly durationMs: number;
    };

/** How long the whole exchange may take, and who chose the address: the operator, or a user through a form. */
export interface SendOptions {
  readonly timeoutMs: number;
  readonly trust: 'vendor' | 'user';
}

/** The only way out of the program over HTTP. */
export interface Outbound {
  /** Never rejects. Follows no redirects; a body over 256 KiB is a failure. */
  send(request: HttpRequest, options: SendOptions): Promise<OutboundResult>;
  /** Closes kept connections. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;
const USER_PORTS = new Set(['', '443', '8443']);
const AGENT_OPTIONS: Agent.Options = { keepAliveTimeout: 10_000, connections: 32 };
const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the client. `allowPrivate` = CIDRs that user-given URLs may reach although they are not public. */
export function openOutbound(options: {
  readonly allowPrivate: readonly string[];
  readonly logger: Logger;
}): Outbound {
  const agents = buildAgents(options.allowPrivate);
  return {
    async send(request, sendOptions) {
      const startedAt = performance.now();
      const answer = await traceExchange(request, () => exchange(request, sendOptions, agents));
      const result: OutboundResult = { ...answer, durationMs: Math.round(performance.now() - startedAt) };
      const status = result.kind === 'answer' ? result.response.status : result.detail;
      options.logger.debug({ host: readHost(request.url), status, ms: result.durationMs }, 'outbound');
      return result;
    },
    async close() {
      await Promise.all([agents.vendor, agents.user, agents.exceptions].map((agent) => agent.close()));
    },
  };
}

interface Agents {
  readonly vendor: Agent;
  /** Public addresses and the operator's exceptions. */
  readonly user: Agent;
  /** The operator's exceptions alone: for plain http and unusual ports. */
  readonly exceptions: Agent;
  readonly mayReach: (address: string, exceptionsOnly: boolean) => boolean;
}

function buildAgents(allowPrivate: readonly string[]): Agents {
  const guard = buildAddressGuard(allowPrivate);
  const guarded = (exceptionsOnly: boolean) =>
    new Agent({
      ...AGENT_OPTIONS,
      connect: { timeout: CONNECT_TIMEOUT_MS, lookup: buildGuardedLookup(guard, exceptionsOnly) },
    });
  return {
    vendor: new Agent({ ...AGENT_OPTIONS, connect: { timeout: CONNECT_TIMEOUT_MS } }),
    user: guarded(false),
    exceptions: guarded(true),
    mayReach: guard.mayReach,
  };
}

/** The host alone: paths of some vendors hold tokens. The trace's id does not go out with the request. */
function traceExchange(request: HttpRequest, work: () => Promise<Exchange>): Promise<Exchange> {
  const attributes = { 'http.request.method': request.method, 'server.address': readHost(request.url) };
  return traced('outbound request', attributes, async (span) => {
    const answer = await work();
    if (answer.kind === 'answer') span.setAttribute('http.response.status_code', answer.response.status);
    else span.setStatus({ code: SpanStatusCode.ERROR, message: answer.failure });
    return answer;
  });
}

type Exchange =
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | Omit<Extract<OutboundResult, { kind: 'failure' }>, 'durationMs'>;

async function exchange(request: HttpRequest, options: SendOptions, agents: Agents): Promise<Exchange> {
  const dispatcher = chooseAgent(request.url, options.trust, agents);
  if (typeof dispatcher === 'string') return { kind: 'failure', failure: 'blocked', detail: dispatcher };
  try {
    const answer = await send(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      dispatcher,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    const body = await readBody(answer.body);
    if (body === null) {
      return { kind: 'failure', failure: 'too_large', detail: 'the answer is larger than 256 KiB' };
    }
    return { kind: 'answer', response: { status: answer.statusCode, headers: readHeaders(answer), body } };
  } catch (error) {
    return readFailure(error);
  }
}

/** The agent for an address, or why it is refused before anything is resolved. */
function chooseAgent(url: string, trust: SendOptions['trust'], agents: Agents): Agent | string {
  if (!URL.canParse(url)) return 'the address is not a URL';
  const { protocol, username, password, port, hostname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return 'only http and https can be called';
  if (trust === 'vendor') return agents.vendor;
  if (username || password) return 'an address with a user name or password is not called';
  const exceptionsOnly = protocol === 'http:' || !USER_PORTS.has(port);
  // A literal address is never looked up, so the guard must see it here; public ones have names.
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !agents.mayReach(literal, true))
    return 'an address without a name is not called';
  return exceptionsOnly ? agents.exceptions : agents.user;
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null; // leaving the loop destroys the stream and its connection
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readHeaders(answer: Dispatcher.ResponseData): Record<string, string> {
  const entries = Object.entries(answer.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(entries);
}

const TIMEOUT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** Messages of errors may hold the address with a token in it (Telegram's do): only codes are passed on. */
function readFailure(error: unknown): Exchange {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { kind: 'failure', failure: 'timeout', detail: 'no answer in time' };
  }
  const code = readCode(error);
  if (code === BLOCKED_CODE) {
    return { kind: 'failure', failure: 'blocked', detail: 'the address is private or not allowed' };
  }
  if (TIMEOUT_CODES.has(code)) return { kind: 'failure', failure: 'timeout', detail: `no answer (${code})` };
  return { kind: 'failure', failure: 'network', detail: `no connection or a broken answer (${code})` };
}

/** A failed connection to several addresses is an AggregateError whose parts have the codes. */
function readCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return readCode(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

const readHost = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'not a URL');
