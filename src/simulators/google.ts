import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { findEventProblem } from './google-rules.ts';
import {
  asObject,
  asObjects,
  buildAnswer,
  readBearer,
  type VendorBench,
  VendorSimulator,
} from './vendor-simulator.ts';

interface OpenRequest {
  readonly reason: string | null;
  /** So often it still says that it is at work. */
  polls: number;
}

/** What tests may want of the simulated Google beside what every simulator does. */
export interface GoogleOptions {
  readonly now: () => number;
  /** How often a status request is answered with PROCESSING; once unless told. */
  readonly processingPolls?: number;
  /** How long an access token lasts, in seconds; an hour unless told. */
  readonly tokenSeconds?: number;
}

/**
 * Google's OAuth token endpoint and Data Manager: events are taken for processing and judged later. An event that is
 * refused (`refuseEvent`) fails there, not at once; a revoked token is a refresh token.
 */
export function buildGoogleSimulator(options: GoogleOptions): VendorSimulator {
  const google = new GoogleWorld(options);
  return new VendorSimulator({ now: options.now, rules: (request, bench) => google.answer(request, bench) });
}

class GoogleWorld {
  readonly #options: GoogleOptions;
  readonly #tokens = new Map<string, { readonly refreshToken: string; readonly endsAt: number }>();
  readonly #open = new Map<string, OpenRequest>();
  #count = 0;

  constructor(options: GoogleOptions) {
    this.#options = options;
  }

  answer(request: HttpRequest, bench: VendorBench): HttpResponse {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'POST' && pathname === '/token') return this.#giveToken(request, bench);
    const token = this.#tokens.get(readBearer(request));
    if (!token || token.endsAt <= bench.now() || bench.isRevoked(token.refreshToken)) {
      return fail(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    if (request.method === 'GET' && pathname === '/v1/requestStatus:retrieve') {
      return this.#tellStatus(searchParams.get('requestId') ?? '');
    }
    const isIngest = request.method === 'POST' && pathname === '/v1/events:ingest';
    return isIngest
      ? this.#ingest(request, bench)
      : fail(404, 'NOT_FOUND', 'Requested entity was not found.');
  }

  #giveToken(request: HttpRequest, bench: VendorBench): HttpResponse {
    const form = new URLSearchParams(request.body ?? '');
    const refreshToken = form.get('refresh_token') ?? '';
    if (form.get('grant_type') !== 'refresh_token' || !form.get('client_id')) {
      return buildAnswer(400, { error: 'invalid_request', error_description: 'Missing parameter' });
    }
    if (refreshToken === '' || bench.isRevoked(refreshToken)) {
      const error_description = 'Token has been expired or revoked.';
      return buildAnswer(400, { error: 'invalid_grant', error_description });
    }
    const seconds = this.#options.tokenSeconds ?? 3_600;
    const token = `ya29.sim-${++this.#count}-${refreshToken.length}`;
    this.#tokens.set(token, { refreshToken, endsAt: bench.now() + seconds * 1000 });
    return buildAnswer(200, { access_token: token, expires_in: seconds, token_type: 'Bearer' });
  }

  #ingest(request: HttpRequest, bench: VendorBench): HttpResponse {
    const body = readJsonObject(request.body ?? '') ?? {};
    const events = asObjects(body.events);
    const [destination] = asObjects(body.destinations);
    if (!destination || events.length === 0 || events.length > 2000) {
      return fail(400, 'INVALID_ARGUMENT', 'There is a problem with the request.', 'REQUIRED_FIELD_MISSING');
    }
    for (const [index, event] of events.entries()) {
      const problem = findEventProblem(event, bench.now());
      if (problem) return fail(400, 'INVALID_ARGUMENT', `events[${index}]: ${problem}`, problem);
    }
    const requestId = `sim-request-${++this.#count}`;
    if (body.validateOnly === true) return buildAnswer(200, { requestId });
    this.#take(events, { body, request, bench, requestId });
    return buildAnswer(200, { requestId });
  }

  #take(
    events: readonly Readonly<Record<string, unknown>>[],
    at: {
      readonly body: Readonly<Record<string, unknown>>;
      readonly request: HttpRequest;
      readonly bench: VendorBench;
      readonly requestId: string;
    },
  ): void {
    const { body, request, bench, requestId } = at;
    const refused = events.some((event) => bench.isRefused(String(event.transactionId)));
    for (const event of events) {
      const eventId = String(event.transactionId);
      if (!bench.isRefused(eventId)) bench.take({ eventId, event, body, headers: request.headers });
    }
    const reason = refused ? 'PROCESSING_ERROR_REASON_INVALID_EVENT' : null;
    this.#open.set(requestId, { reason, polls: this.#options.processingPolls ?? 1 });
  }

  #tellStatus(requestId: string): HttpResponse {
    const open = this.#open.get(requestId);
    if (!open) return fail(400, 'INVALID_ARGUMENT', 'Unknown request id', 'INVALID_REQUEST_ID');
    const isAtWork = open.polls > 0;
    open.polls -= 1;
    const ended = open.reason === null ? 'SUCCESS' : 'FAILED';
    const errorInfo = { errorCounts: [{ reason: open.reason, recordCount: '1' }] };
    const status = {
      requestStatus: isAtWork ? 'PROCESSING' : ended,
      ...(!isAtWork && open.reason !== null ? { errorInfo } : {}),
      eventsIngestionStatus: { recordCount: '1' },
    };
    return buildAnswer(200, { requestStatusPerDestination: [asObject(status)] });
  }
}

function fail(code: number, status: string, message: string, reason?: string): HttpResponse {
  const type = 'type.googleapis.com/google.rpc.ErrorInfo';
  const details = reason ? [{ '@type': type, reason, domain: 'datamanager.googleapis.com' }] : [];
  return buildAnswer(code, { error: { code, message, status, details } });
}
