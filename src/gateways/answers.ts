import type { HttpResponse } from '../domain/http-message.ts';

/** The wait that a `Retry-After` in seconds asks for, at most an hour; null if there is none. */
export function readRetryAfter(response: HttpResponse): number | null {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null;
}

/** A vendor's own words, one line, short; what looks like a number of a person's document or card is cut out. */
export function readWords(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const words = value
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\d{9,}/g, '[number]')
    .slice(0, 200);
  return words === '' ? null : words;
}

/** The PIX network's id of a payment (32 letters and digits); null for anything else. */
export function readEndToEndId(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9]{10,40}$/.test(value) ? value : null;
}
