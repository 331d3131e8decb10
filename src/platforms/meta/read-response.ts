import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readText, retryRequest, slowDown } from '../answers.ts';

/** Rate limits: of the app, the user, the page, custom ones, and the business use case codes. */
const RATE_CODES = new Set([4, 17, 32, 613, 80000, 80003, 80004, 80014]);

/** The token (190, 102) or what it may do (3, 10, 200-299, 294): the owner must act, the events are fine. */
const CREDENTIAL_CODES = new Set([102, 190, 3, 10, 294]);

/** Object missing or not visible to the token: a wrong pixel id. */
const MISSING_OBJECT_SUBCODE = 33;

/** The event's time is in Meta's future: our clock is ahead, and waiting mends it. */
const FUTURE_SUBCODE = 2804004;

/** "Invalid parameter" and "too many parameters": the payload will never be taken. */
const PAYLOAD_CODES = new Set([100, 105]);

/**
 * What Meta's answer means. Decided by `code`, `error_subcode` and `is_transient`, never by the status (errors come
 * with 200 too) or by the localised text. https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export function readResponse(response: HttpResponse, count: number): BatchOutcome {
  return { scope: 'all', outcome: readOutcome(response, count) };
}

function readOutcome(response: HttpResponse, count: number): Outcome {
  const body = readJsonObject(response.body);
  if (!body) return retryRequest(`Meta answered ${response.status} with something that is not JSON`);
  const error = readError(body.error);
  if (error) return readErrorOutcome(error, response);
  const received = body.events_received;
  if (response.status !== 200 || typeof received !== 'number') {
    return retryRequest(`Meta answered ${response.status} without saying how many events it took`);
  }
  if (received >= count) return { kind: 'delivered', receipt: readText(body.fbtrace_id) };
  const missing = `Meta took ${received} of ${count} events`;
  // Which ones were left out it does not say: a batch is sent again in parts, where the event ids keep it from
  // counting twice; an event by itself waits.
  return count > 1 ? { kind: 'rejected', reason: missing } : retryRequest(missing);
}

interface GraphError {
  readonly code: number;
  readonly subcode: number | null;
  readonly isTransient: boolean;
  readonly title: string | null;
  readonly message: string | null;
}

function readError(value: unknown): GraphError | null {
  if (typeof value !== 'object' || value === null) return null;
  const error = value as Readonly<Record<string, unknown>>;
  return {
    code: typeof error.code === 'number' ? error.code : 0,
    subcode: typeof error.error_subcode === 'number' ? error.error_subcode : null,
    isTransient: error.is_transient === true,
    title: readText(error.error_user_title),
    message: readText(error.message),
  };
}

function readErrorOutcome(error: GraphError, response: HttpResponse): Outcome {
  const reason = buildReason(error);
  const { code } = error;
  if (RATE_CODES.has(code) || response.status === 429) {
    return slowDown(reason, response);
  }
  if (CREDENTIAL_CODES.has(code) || (code >= 200 && code <= 299)) return { kind: 'unauthorized', reason };
  if (code === 100 && error.subcode === MISSING_OBJECT_SUBCODE) return { kind: 'unauthorized', reason };
  if (error.subcode === FUTURE_SUBCODE) return retryRequest(`${reason} (is this machine's clock ahead?)`);
  if (error.isTransient || !PAYLOAD_CODES.has(code)) return retryRequest(reason);
  return { kind: 'rejected', reason };
}

function buildReason(error: GraphError): string {
  const numbers = error.subcode === null ? `${error.code}` : `${error.code}/${error.subcode}`;
  const words = [error.message, error.title].filter((text) => text !== null).join(': ');
  return `Meta ${numbers}: ${words || 'no words'}`.slice(0, 500);
}
