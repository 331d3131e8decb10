import { type HttpResponse, readJsonObject } from '../../domain/http-message.ts';
import type { BatchOutcome, Outcome } from '../../domain/outcome.ts';
import { readFields, readObjects, readText, retryRequest, sendAgain, slowDown } from '../answers.ts';

/** `Index: 3, ERROR :: /user/userIds :: …`, one line for each bad event of a batch. */
const INDEX_LINE = /Index:\s*(\d+)\s*,\s*ERROR\s*::\s*([^\n]*)/gi;

/** `… indices [3, 7] (0-indexed)`: too old, in the future, of another rule. */
const INDICES = /indices?\s*\[([\d,\s]+)\]/i;

/** What LinkedIn's answer means: of a single event its status, of a batch the status of each element. */
export function readResponse(response: HttpResponse, count: number): BatchOutcome {
  const { status } = response;
  const body = readJsonObject(response.body);
  if (status === 201) return all({ kind: 'delivered', receipt: readReceipt(response) });
  if (status === 200) return readElements(body, response, count);
  const words = buildWords(response, body);
  if (status === 429) return all(slowDown(words, response));
  if (status === 401 || status === 403 || status === 426) return all({ kind: 'unauthorized', reason: words });
  if (status === 400 && readText(body?.code)?.startsWith('VERSION_')) {
    return all({ kind: 'unauthorized', reason: words });
  }
  if (status === 400 || status === 404 || status === 422) return readRefusal(words, response.body, count);
  return all(retryRequest(words));
}

function readElements(
  body: Readonly<Record<string, unknown>> | null,
  response: HttpResponse,
  count: number,
): BatchOutcome {
  const elements = readObjects(body?.elements);
  if (elements.length !== count) {
    return all(retryRequest(`LinkedIn answered 200 for ${elements.length} of ${count} events`));
  }
  const receipt = readReceipt(response);
  return { scope: 'each', outcomes: elements.map((element) => readElement(element, receipt)) };
}

function readElement(element: Readonly<Record<string, unknown>>, receipt: string | null): Outcome {
  const { status } = element;
  if (typeof status !== 'number') return retryRequest('LinkedIn gave no status for this event');
  if (status >= 200 && status < 300) return { kind: 'delivered', receipt };
  const error = readFields(element.error);
  const words = `LinkedIn ${status}: ${readText(error.message) ?? 'no words'}`.slice(0, 500);
  if (status === 401 || status === 403) return { kind: 'unauthorized', reason: words };
  return status === 408 || status === 423 || status === 429 || status >= 500
    ? retryRequest(words)
    : { kind: 'rejected', reason: words };
}

/** Rows that are named are refused, the others go again at once without them. */
function readRefusal(words: string, text: string, count: number): BatchOutcome {
  const bad = readBadRows(text);
  const isNamed = bad.size > 0 && [...bad.keys()].every((index) => index < count);
  if (count === 1 || !isNamed) return all({ kind: 'rejected', reason: words });
  const again = sendAgain('another event of its request was refused');
  const outcomes = Array.from({ length: count }, (_none, index): Outcome => {
    const reason = bad.get(index);
    return reason === undefined ? again : { kind: 'rejected', reason: `LinkedIn: ${reason}`.slice(0, 500) };
  });
  return { scope: 'each', outcomes };
}

function readBadRows(text: string): ReadonlyMap<number, string> {
  const message = readText(readJsonObject(text)?.message) ?? text;
  const lines = [...message.matchAll(INDEX_LINE)].map((line) => [Number(line[1]), line[2] ?? ''] as const);
  if (lines.length > 0) return new Map(lines);
  const indices = INDICES.exec(message)?.[1]?.split(',') ?? [];
  return new Map(indices.map((index) => [Number(index), message] as const));
}

function buildWords({ status }: HttpResponse, body: Readonly<Record<string, unknown>> | null): string {
  const code = readText(body?.code) ?? body?.serviceErrorCode ?? null;
  const name = code === null ? `LinkedIn ${status}` : `LinkedIn ${status} ${String(code)}`;
  const hint = status === 426 ? ' (this API version has ended: set settings.version to a newer month)' : '';
  return `${name}: ${readText(body?.message) ?? 'no words'}${hint}`.slice(0, 500);
}

const readReceipt = (response: HttpResponse): string | null =>
  readText(response.headers['x-restli-id']) ?? readText(response.headers['x-li-uuid']);

const all = (outcome: Outcome): BatchOutcome => ({ scope: 'all', outcome });
