import type { HttpResponse } from '../domain/http-message.ts';
import type { Retry } from '../domain/outcome.ts';

/** Try the same request again later, at the sender's own pace. */
export const retryRequest = (reason: string): Retry => ({
  kind: 'retry',
  reason: reason.slice(0, 500),
  retryAfterMs: null,
  scope: 'request',
});

/** The whole destination is too fast: slow down, as long as the answer says if it does. */
export const slowDown = (reason: string, response: HttpResponse): Retry => ({
  kind: 'retry',
  reason: reason.slice(0, 500),
  retryAfterMs: readRetryAfterMs(response),
  scope: 'destination',
});

/** Nothing is wrong with this event: another one of its request was refused, and it goes again at once. */
export const sendAgain = (reason: string): Retry => ({
  kind: 'retry',
  reason: reason.slice(0, 500),
  retryAfterMs: 0,
  scope: 'request',
});

/** The `Retry-After` header in ms; null where there is none in seconds. */
function readRetryAfterMs(response: HttpResponse): number | null {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** A text that is there; null for everything else. */
export const readText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** The objects of a list; nothing where it is none. */
export function readObjects(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** An object's fields; none where it is no object. */
export const readFields = (value: unknown): Readonly<Record<string, unknown>> =>
  isObject(value) ? value : {};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
