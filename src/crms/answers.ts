import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { MAX_CENTS } from '../domain/money.ts';
import { buildStorableText } from '../domain/storable-text.ts';
import type { CrmLead, CrmTrouble, PushProgress, PushStep, WebhookReading } from './crm.ts';

const MAX_WAIT_SECONDS = 3600;
const WORDS = 200;

/** The wait that `Retry-After` asks for, in ms, at most an hour; null if there is none. */
export function readRetryAfter(response: HttpResponse): number | null {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, MAX_WAIT_SECONDS) * 1000 : null;
}

/** A vendor's own words, one line, short; addresses and long numbers of people are cut out. */
export function readWords(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const words = value
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[^\s"'<>]+@[^\s"'<>]+/g, '[e-mail]')
    .replace(/\+?\d[\d\s().-]{8,}\d/g, '[number]')
    .slice(0, WORDS);
  return words === '' ? null : words;
}

/** A member that is an object; an empty one for anything else. */
export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** A member that is a list of objects. */
export function readObjects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(readObject) : [];
}

/** A text or a number as text that can be stored, without blanks around it; null for anything else and for nothing. */
export function readText(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const written = String(value);
  const text = buildStorableText(written, written.length).trim();
  return text === '' ? null : text;
}

/** An amount in a vendor's spelling (number, `"1234.56"`) as integer cents; null if it is none, negative or too large to keep. */
export function readCents(value: unknown): number | null {
  const text = readText(value);
  if (text === null || !/^\d{1,12}(\.\d+)?$/.test(text)) return null;
  const cents = Math.round(Number(text) * 100);
  return cents <= MAX_CENTS ? cents : null;
}

/** An ISO 4217 code; null for anything else. */
export function readCurrency(value: unknown): string | null {
  const text = readText(value)?.toUpperCase() ?? '';
  return /^[A-Z]{3}$/.test(text) ? text : null;
}

/** A moment as ISO text or ms since the epoch; null for anything else. */
export function readMoment(value: unknown): Date | null {
  const text = readText(value);
  if (text === null) return null;
  const at = new Date(/^\d{11,16}$/.test(text) ? Number(text) : text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** What an answer that is no success means, by its status alone. */
export function readTrouble(response: HttpResponse, words: string | null): CrmTrouble {
  const { status } = response;
  const reason = words ? `HTTP ${status}: ${words}` : `HTTP ${status}`;
  if (status === 401 || status === 403) return { kind: 'unauthorized', reason };
  const isPassing = status === 408 || status === 409 || status === 423 || status === 429;
  if (status >= 400 && status < 500 && !isPassing) return { kind: 'rejected', reason };
  return { kind: 'retry', reason, retryAfterMs: readRetryAfter(response) };
}

/** A 2xx answer that is not what was asked for: a proxy's page, half a body. */
export function unreadable(response: HttpResponse): CrmTrouble {
  return {
    kind: 'retry',
    reason: `the answer (HTTP ${response.status}) cannot be read`,
    retryAfterMs: readRetryAfter(response),
  };
}

/** A success's JSON object, or what the answer means instead; `words` finds the vendor's own words in an error. */
export function readAnswer(
  response: HttpResponse,
  words: (body: Readonly<Record<string, unknown>>) => unknown,
): { readonly kind: 'body'; readonly body: Readonly<Record<string, unknown>> } | CrmTrouble {
  const body = readJsonObject(response.body);
  if (response.status < 200 || response.status > 299) {
    return readTrouble(response, body && readWords(words(body)));
  }
  return body ? { kind: 'body', body } : unreadable(response);
}

/** Progress with one more step over. */
export function addStep(
  progress: PushProgress,
  step: string,
  change: Partial<Omit<PushProgress, 'done'>>,
): { readonly kind: 'progress'; readonly progress: PushProgress } {
  return { kind: 'progress', progress: { ...progress, ...change, done: [...progress.done, step] } };
}

/** A JSON request with a bearer token. */
export function buildJsonRequest(call: {
  readonly method: HttpRequest['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}): HttpRequest {
  const hasBody = call.body !== undefined;
  return {
    method: call.method,
    url: call.url,
    headers: {
      accept: 'application/json',
      ...call.headers,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    body: hasBody ? JSON.stringify(call.body) : null,
  };
}

/** A webhook that says nothing to us, with the reason. */
export function ignore(raw: string, reason: string, dedupeKey: string | null = null): WebhookReading {
  return { kind: 'ignored', reason, dedupeKey, raw };
}

/** First and last name for CRMs that want them apart; the last is never empty. */
export function splitName(name: string | null): { readonly first: string | null; readonly last: string } {
  const words = (name ?? '').trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? null;
  if (words.length < 2) return { first: null, last: first ?? '-' };
  return { first, last: words.slice(1).join(' ') };
}

/** The lead's id that we wrote into a deal's name, if nobody has changed it. */
export function readLeadIds(name: unknown): readonly string[] {
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(readText(name) ?? '')?.[0];
  return id === undefined ? [] : [id];
}

/** The texts among values. */
export const readTexts = (values: readonly unknown[]): readonly string[] =>
  values.flatMap((value) => readText(value) ?? []);

/** A deal's name; the lead's id in it is what a repeated attempt finds it by where there is no idempotency key. */
export const buildDealName = ({ name, company, leadId }: CrmLead): string =>
  `${(name ?? company ?? 'Lead').slice(0, 200)} · ${leadId}`;

/** A step that is a request. */
export const requestStep = (name: string, request: HttpRequest): PushStep => ({
  kind: 'request',
  name,
  request,
});
