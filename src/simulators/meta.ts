import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { findBatchError, type GraphError } from './meta-rules.ts';
import type { SimulatedAnswer } from './vendor-simulator.ts';

/** How the simulator answers one request, when it is not to answer by its rules. */
export type MetaBehaviour =
  | { readonly kind: 'error'; readonly error: GraphError }
  /** A 200 that says it took only so many events. */
  | { readonly kind: 'short_count'; readonly count: number }
  /** A body verbatim: HTML, a truncated JSON. */
  | { readonly kind: 'body'; readonly status: number; readonly body: string }
  /** By the rules, after a while. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes the events, and the connection breaks before or within the answer. */
  | { readonly kind: 'hang_up' | 'truncated' | 'endless' };

/** An event as it came, with where and how. */
export interface ReceivedEvent {
  readonly pixelId: string;
  readonly testEventCode: string | null;
  readonly event: Readonly<Record<string, unknown>>;
  /** When it came, ms since the epoch. */
  readonly at: number;
}

/** The time of day by which the simulator judges. */
export interface MetaSimulatorOptions {
  readonly now: () => number;
}

const MOST_KEPT = 5_000;
const PATH = /^\/v(\d+)\.0\/([^/]+)\/events$/;

/**
 * The Conversions API on our own machine: it checks what Meta checks, answers as Meta answers, whole batches
 * included, and keeps what it received. Unscripted it follows its rules; a script makes it fail in a chosen way.
 */
export class MetaSimulator {
  readonly #options: MetaSimulatorOptions;
  readonly #revoked = new Set<string>();
  readonly #received: ReceivedEvent[] = [];
  readonly #timesTaken = new Map<string, number>();
  readonly #refused = new Map<string, GraphError>();
  #script: MetaBehaviour[] = [];
  #requests = 0;

  constructor(options: MetaSimulatorOptions) {
    this.#options = options;
  }

  /** Queues behaviours for the next requests, one each; after them the rules are back. */
  behave(...behaviours: readonly MetaBehaviour[]): void {
    this.#script.push(...behaviours);
  }

  /** Makes a token wrong from now on, or right again; unless told it takes any of at least 6 characters. */
  revokeToken(token: string, isRevoked: boolean): void {
    if (isRevoked) this.#revoked.add(token);
    else this.#revoked.delete(token);
  }

  /** Makes an event one that only Meta can see is wrong: its whole batch is refused, whatever else is in it. */
  refuseEvent(eventId: string, error: GraphError = REFUSED): void {
    this.#refused.set(eventId, error);
  }

  /** Forgets everything received and every behaviour that is still queued. */
  reset(): void {
    this.#script = [];
    this.#received.length = 0;
    this.#timesTaken.clear();
    this.#refused.clear();
    this.#requests = 0;
  }

  /** Every event taken, repetitions included, oldest first; the last 5,000. */
  get received(): readonly ReceivedEvent[] {
    return this.#received;
  }

  /** How many requests came. */
  get requests(): number {
    return this.#requests;
  }

  /** How often an event was taken: more than once is what Meta throws away by its id. */
  timesTaken(eventId: string): number {
    return this.#timesTaken.get(eventId) ?? 0;
  }

  /** Answers one request. */
  answer(request: HttpRequest): SimulatedAnswer {
    this.#requests += 1;
    const behaviour = this.#script.shift();
    switch (behaviour?.kind) {
      case 'error':
        return deliver(buildErrorResponse(behaviour.error));
      case 'body':
        return deliver({ status: behaviour.status, headers: {}, body: behaviour.body });
      case 'short_count':
        return deliver(buildSuccess(behaviour.count));
      case 'slow':
        return { ...deliver(this.#judge(request)), delayMs: behaviour.ms };
      case 'hang_up':
      case 'truncated':
      case 'endless':
        return { ...deliver(this.#judge(request)), fault: behaviour.kind };
      default:
        return deliver(this.#judge(request));
    }
  }

  #judge(request: HttpRequest): HttpResponse {
    const url = new URL(request.url);
    const path = PATH.exec(url.pathname);
    if (request.method !== 'POST' || !path) return buildErrorResponse(UNKNOWN_PATH);
    const token = readToken(request, url);
    if (!token || this.#revoked.has(token)) return buildErrorResponse(BAD_TOKEN);
    const pixelId = path[2] ?? '';
    if (!/^\d+$/.test(pixelId)) return buildErrorResponse(NO_SUCH_OBJECT);
    const body = readJsonObject(request.body ?? '');
    const problem = findBatchError(body, this.#options.now());
    if (problem) return buildErrorResponse(problem);
    const events = body?.data as Readonly<Record<string, unknown>>[];
    const refused = events.map((event) => this.#refused.get(String(event.event_id))).find((it) => it);
    if (refused) return buildErrorResponse(refused);
    this.#take(events, { pixelId, testEventCode: readText(body?.test_event_code) });
    return buildSuccess(events.length);
  }

  #take(events: readonly ReceivedEvent['event'][], where: Pick<ReceivedEvent, 'pixelId' | 'testEventCode'>) {
    for (const event of events) {
      const eventId = String(event.event_id);
      this.#timesTaken.set(eventId, this.timesTaken(eventId) + 1);
      this.#received.push({ ...where, event, at: this.#options.now() });
    }
    this.#received.splice(0, Math.max(0, this.#received.length - MOST_KEPT));
  }
}

const deliver = (response: HttpResponse): SimulatedAnswer => ({ response, delayMs: 0, fault: null });

function readToken(request: HttpRequest, url: URL): string | null {
  const header = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = header ?? url.searchParams.get('access_token');
  return token && token.length >= 6 ? token : null;
}

const readText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const BAD_TOKEN: GraphError = {
  status: 401,
  code: 190,
  message: 'Invalid OAuth access token - Cannot parse access token',
};

const REFUSED: GraphError = { code: 100, subcode: 2804001, title: 'Invalid event' };

const NO_SUCH_OBJECT: GraphError = {
  status: 400,
  code: 100,
  subcode: 33,
  type: 'GraphMethodException',
  message: 'Unsupported post request. Object does not exist, cannot be loaded due to missing permissions',
};

const UNKNOWN_PATH: GraphError = { status: 400, code: 2500, message: 'Unknown path components' };

function buildSuccess(count: number): HttpResponse {
  const body = JSON.stringify({ events_received: count, messages: [], fbtrace_id: buildTraceId() });
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function buildErrorResponse(error: GraphError): HttpResponse {
  const body = JSON.stringify({
    error: {
      message: error.message ?? 'Invalid parameter',
      type: error.type ?? 'OAuthException',
      code: error.code,
      ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
      is_transient: error.isTransient ?? false,
      ...(error.title ? { error_user_title: error.title, error_user_msg: error.title } : {}),
      fbtrace_id: buildTraceId(),
    },
  });
  return { status: error.status ?? 400, headers: { 'content-type': 'application/json' }, body };
}

let traces = 0;

function buildTraceId(): string {
  traces += 1;
  return `Asim${traces.toString(36).padStart(8, '0')}`;
}
