import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readText, retryRequest, slowDown } from '../answers.ts';

/** What UTMify's answer means; a 2xx whose body says that it is an error is none of success. */
export function readResponse(response: HttpResponse): BatchOutcome {
  return { scope: 'all', outcome: readOutcome(response) };
}

function readOutcome(response: HttpResponse): Outcome {
  const { status } = response;
  const body = readJsonObject(response.body);
  const message = readText(body?.message) ?? readText(body?.error) ?? readText(body?.result);
  const words = `UTMify ${status}: ${message ?? 'no words'}`.slice(0, 500);
  const isError = body?.OK === false || body?.result === 'ERROR';
  if (status === 429) return slowDown(words, response);
  if (status === 401 || status === 403 || isCredential(message))
    return { kind: 'unauthorized', reason: words };
  if (status >= 200 && status < 300 && body && !isError)
    return { kind: 'delivered', receipt: readReceipt(body) };
  if (status === 400 || status === 422 || (isError && status < 500))
    return { kind: 'rejected', reason: words };
  return retryRequest(body ? words : `UTMify answered ${status} with something that is not JSON`);
}

/** An unknown credential comes with 404 and the words API_CREDENTIAL_NOT_FOUND. */
const isCredential = (message: string | null): boolean => /CREDENTIAL/i.test(message ?? '');

function readReceipt(body: Readonly<Record<string, unknown>>): string | null {
  const data = body.data;
  return typeof data === 'object' && data !== null && '_id' in data ? readText(data._id) : null;
}
