import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Outbound } from '../io/outbound.ts';
import { retryRequest } from '../platforms/answers.ts';
import type { OpenedDestination, PlatformEvent } from '../platforms/platform.ts';
import type { AccessTokens, TokenOwner, TokenResult } from './access-tokens.ts';
import type { ClaimedDelivery } from './claim.ts';
import type { KnownConversion } from './find-conversions.ts';
import { scrub } from './scrub.ts';

/** A claimed delivery with what goes out for it. */
export interface ReadyDelivery extends ClaimedDelivery {
  readonly conversion: KnownConversion;
  /** What is kept of it in the log: the event, or the question after an earlier one. */
  readonly event: PlatformEvent;
}

/** One request and what its answer means for each event, in their order. */
export interface Attempt {
  readonly outcomes: readonly Outcome[];
  /** The answer is about the request as a whole: nothing is known of the single event. */
  readonly isWhole: boolean;
  /** Under which reference the platform is to be asked again; null where nothing is open there. */
  readonly openRequestId: string | null;
  /** Null when there was no answer. Without secrets. */
  readonly response: HttpResponse | null;
  readonly durationMs: number;
}

/** What an attempt takes. */
export interface AttemptTools {
  readonly opened: OpenedDestination;
  readonly outbound: Outbound;
  readonly tokens: AccessTokens;
  readonly owner: TokenOwner;
  readonly secrets: readonly string[];
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Sends events in one request and reads the answer; never rejects. */
export async function attemptDelivery(
  events: readonly PlatformEvent[],
  tools: AttemptTools,
): Promise<Attempt> {
  const { opened } = tools;
  const exchange = await call(tools, (accessToken) => opened.buildRequest(events, accessToken));
  const { response, durationMs } = exchange;
  if (exchange.failure || !response) {
    const outcome = exchange.failure ?? retryRequest('no answer');
    return { outcomes: events.map(() => outcome), isWhole: true, openRequestId: null, response, durationMs };
  }
  const answer = opened.readResponse(response, events.length);
  const openRequestId = null;
  if (answer.scope === 'all') {
    return { outcomes: events.map(() => answer.outcome), isWhole: true, openRequestId, response, durationMs };
  }
  const outcomes = events.map((_event, index) => answer.outcomes[index] ?? UNANSWERED);
  return { outcomes, isWhole: false, openRequestId, response, durationMs };
}

const UNANSWERED: Outcome = retryRequest('the answer does not mention this event');

/** Asks what became of a request of `count` events; a question without an answer is asked again. */
export async function attemptStatus(
  { requestId, count }: { readonly requestId: string; readonly count: number },
  tools: AttemptTools,
): Promise<Attempt> {
  const { opened } = tools;
  const same = (outcome: Outcome) => Array.from({ length: count }, () => outcome);
  const exchange = await call(tools, (accessToken) => opened.buildStatusRequest(requestId, accessToken));
  const { response, durationMs } = exchange;
  const base = { isWhole: true, response, durationMs };
  if (exchange.failure || !response) {
    return {
      ...base,
      outcomes: same(exchange.failure ?? retryRequest('no answer')),
      openRequestId: requestId,
    };
  }
  const answer = opened.readStatusResponse(response, requestId);
  if (answer.kind === 'resend')
    return { ...base, outcomes: same(retryRequest(answer.reason)), openRequestId: null };
  return { ...base, outcomes: same(answer), openRequestId: requestId };
}

interface Exchange {
  /** Set where there is no answer of the platform to read. */
  readonly failure: Outcome | null;
  readonly response: HttpResponse | null;
  readonly durationMs: number;
}

type BuildRequest = (accessToken: string | null) => HttpRequest | null;

/** One call; an access token that was refused though it had not ended is replaced once. */
async function call(tools: AttemptTools, build: BuildRequest): Promise<Exchange> {
  const token = await findToken(tools);
  if (token?.kind === 'failed') return buildTokenFailure(token, tools.secrets);
  const exchange = await exchangeOnce(tools, build, token?.token ?? null);
  if (!token || exchange.response?.status !== 401) return exchange;
  tools.tokens.drop(tools.owner);
  if (token.isFresh) return exchange;
  const next = await findToken(tools);
  if (next?.kind === 'failed') return buildTokenFailure(next, tools.secrets);
  return exchangeOnce(tools, build, next?.token ?? null);
}

async function findToken({ opened, tokens, owner }: AttemptTools): Promise<TokenResult | null> {
  return opened.token === null ? null : tokens.find(owner, opened.token);
}

function buildTokenFailure(
  { outcome, response, durationMs }: Extract<TokenResult, { kind: 'failed' }>,
  secrets: readonly string[],
): Exchange {
  const kept = response && { ...response, body: scrub(response.body, secrets) };
  return { failure: { ...outcome, reason: scrub(outcome.reason, secrets) }, response: kept, durationMs };
}

async function exchangeOnce(
  tools: AttemptTools,
  build: BuildRequest,
  accessToken: string | null,
): Promise<Exchange> {
  const request = build(accessToken);
  if (!request) return { failure: retryRequest('there is nothing to ask'), response: null, durationMs: 0 };
  const result = await tools.outbound.send(request, { timeoutMs: REQUEST_TIMEOUT_MS, trust: 'vendor' });
  const { durationMs } = result;
  if (result.kind === 'failure') return { failure: retryRequest(result.detail), response: null, durationMs };
  const secrets = accessToken === null ? tools.secrets : [...tools.secrets, accessToken];
  const response = { ...result.response, body: scrub(result.response.body, secrets) };
  return { failure: null, response, durationMs };
}

/** Parts of at most `maxEvents` events and about `maxBytes` bytes; an event larger than that goes by itself. */
export function splitByLimits(
  deliveries: readonly ReadyDelivery[],
  limits: { readonly maxEvents: number; readonly maxBytes: number },
): ReadyDelivery[][] {
  const parts: ReadyDelivery[][] = [];
  let size = 0;
  for (const delivery of deliveries) {
    const bytes = Buffer.byteLength(JSON.stringify(delivery.event)) + 1;
    const part = parts.at(-1);
    if (part && part.length < limits.maxEvents && size + bytes <= limits.maxBytes) {
      part.push(delivery);
      size += bytes;
    } else {
      parts.push([delivery]);
      size = bytes;
    }
  }
  return parts;
}

/** The two halves of a refused batch: halving finds one bad event among a thousand in some twenty requests. */
export function halve<T>(items: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
