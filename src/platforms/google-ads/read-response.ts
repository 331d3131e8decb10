import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readFields, readObjects, readText, retryRequest, slowDown } from '../answers.ts';
import type { LaterOutcome, TokenAnswer } from '../platform.ts';

/** Reasons that say that Google, not the event, is at fault. */
const PASSING = new Set('INTERNAL_ERROR DEADLINE_EXCEEDED UNAVAILABLE ABORTED INTERNAL UNKNOWN'.split(' '));

/** Reasons that the owner must deal with: access, the account, the conversion action, terms that nobody signed. */
const CONFIGURATION = new Set(
  (
    'PERMISSION_DENIED NOT_FOUND UNAUTHENTICATED INVALID_DESTINATION INVALID_CONVERSION_ACTION_ID ' +
    'INVALID_CONVERSION_ACTION_TYPE OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH NOT_ALLOWLISTED ' +
    'TERMS_AND_CONDITIONS_NOT_SIGNED DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS ' +
    'CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE ' +
    'ACCESS_TOKEN_SCOPE_INSUFFICIENT SERVICE_DISABLED'
  ).split(' '),
);

const isConfiguration = (reason: string): boolean =>
  CONFIGURATION.has(reason) || reason.includes('DATA_POLICY_PROHIBITS') || reason.endsWith('_NOT_SIGNED');

/** Google has it already, so it has arrived. */
const isDuplicate = (reason: string): boolean => reason.startsWith('DUPLICATE_');

/** What the answer to `events:ingest` means: taken for processing, or an error read by its reason. */
export function readResponse(response: HttpResponse): BatchOutcome {
  return { scope: 'all', outcome: readOutcome(response) };
}

function readOutcome(response: HttpResponse): Outcome {
  const body = readJsonObject(response.body);
  if (!body) return retryRequest(`Google answered ${response.status} with something that is not JSON`);
  if (body.error !== undefined) return readError(readFields(body.error), response);
  const requestId = readText(body.requestId);
  if (response.status === 200 && requestId) return { kind: 'accepted', requestId };
  return retryRequest(`Google answered ${response.status} without a request id`);
}

/** A test is only checked: an answer without an error is all that there is, with or without a request id. */
export function readTestResponse(response: HttpResponse): Outcome {
  const outcome = readOutcome(response);
  const isChecked = response.status === 200 && readJsonObject(response.body)?.error === undefined;
  if (outcome.kind === 'accepted') return { kind: 'delivered', receipt: outcome.requestId };
  return isChecked && readJsonObject(response.body) ? { kind: 'delivered', receipt: null } : outcome;
}

function readError(error: Readonly<Record<string, unknown>>, response: HttpResponse): Outcome {
  const details = readObjects(error.details);
  const violations = details.flatMap((detail) => readObjects(detail.fieldViolations));
  const named = [...details, ...violations]
    .map((detail) => readText(detail.reason))
    .filter((it) => it !== null);
  const reasons = [...named, readText(error.status) ?? `HTTP ${response.status}`];
  const words = buildWords(error, violations, reasons);
  if (response.status === 429 || reasons.includes('RESOURCE_EXHAUSTED')) return slowDown(words, response);
  if (response.status === 401 || response.status === 403 || reasons.some(isConfiguration)) {
    return { kind: 'unauthorized', reason: words };
  }
  if (response.status >= 500 || reasons.some((reason) => PASSING.has(reason))) return retryRequest(words);
  return response.status >= 400 ? { kind: 'rejected', reason: words } : retryRequest(words);
}

function buildWords(
  error: Readonly<Record<string, unknown>>,
  violations: readonly Readonly<Record<string, unknown>>[],
  reasons: readonly string[],
): string {
  const fields = violations.map((it) => `${readText(it.field) ?? '?'}: ${readText(it.description) ?? '?'}`);
  const words = [readText(error.message) ?? 'no words', ...fields].join('; ');
  return `Google ${reasons[0]}: ${words}`.slice(0, 500);
}

/** What became of a request: one destination and one event are in it. */
export function readStatusResponse(response: HttpResponse, requestId: string): LaterOutcome {
  const body = readJsonObject(response.body);
  if (!body) return retryRequest(`Google answered ${response.status} with something that is not JSON`);
  if (body.error !== undefined) return readStatusError(readError(readFields(body.error), response));
  const [destination] = readObjects(body.requestStatusPerDestination);
  if (!destination) return retryRequest(`Google answered ${response.status} without a status`);
  const reasons = readReasons(destination.errorInfo);
  const words = `Google: ${reasons.join(', ') || 'no reason given'}`;
  switch (destination.requestStatus) {
    case 'SUCCESS':
      return { kind: 'delivered', receipt: requestId };
    case 'FAILED':
    case 'PARTIAL_SUCCESS':
      return readFailure(reasons, words, requestId);
    case 'PROCESSING':
      return { kind: 'accepted', requestId };
    default:
      return retryRequest(`Google gives the status ${readText(destination.requestStatus) ?? 'unknown'}`);
  }
}

/** A status request that is refused says nothing of the event, so it is never rejected by it. */
function readStatusError(outcome: Outcome): LaterOutcome {
  return outcome.kind === 'rejected' ? { kind: 'resend', reason: outcome.reason } : outcome;
}

function readReasons(errorInfo: unknown): readonly string[] {
  const counts = readObjects(readFields(errorInfo).errorCounts);
  return counts.map((count) => (readText(count.reason) ?? '').replace(/^PROCESSING_ERROR_REASON_/, ''));
}

function readFailure(reasons: readonly string[], words: string, requestId: string): LaterOutcome {
  if (reasons.length > 0 && reasons.every(isDuplicate)) return { kind: 'delivered', receipt: requestId };
  if (reasons.some((reason) => PASSING.has(reason))) return { kind: 'resend', reason: words };
  return reasons.some(isConfiguration)
    ? { kind: 'unauthorized', reason: words }
    : { kind: 'rejected', reason: words };
}

/** What the token endpoint's answer means: RFC 6749, 5.2. */
export function readTokenResponse(response: HttpResponse): TokenAnswer {
  const body = readJsonObject(response.body);
  const token = readText(body?.access_token);
  if (response.status === 200 && token) {
    const seconds = typeof body?.expires_in === 'number' ? body.expires_in : 0;
    return { kind: 'token', token, expiresInMs: seconds * 1000 };
  }
  const error = readText(body?.error);
  const reason = `Google OAuth ${error ?? response.status}: ${readText(body?.error_description) ?? 'no words'}`;
  if (response.status === 429) return slowDown(reason, response);
  if (response.status >= 500 || !error) return retryRequest(reason);
  return { kind: 'unauthorized', reason: reason.slice(0, 500) };
}
