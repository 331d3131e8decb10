import type { CollectConsent, CollectItem } from '../domain/collect.ts';
import { type PostedConsent, readPostedConsent } from './collect-consent.ts';
import { type Fields, isFields, readInstant } from './collect-fields.ts';
import { readItem } from './collect-item.ts';
import type { BodyError } from './tracking-body.ts';

/** Most items of one request. */
const MAX_ITEMS = 100;

/** A batch whose frame is in order; its items have not been looked at. */
export interface Batch {
  readonly domainId: string;
  readonly sessionId: string;
  readonly visitorId: string | null;
  /** By the sender's clock, ms since the epoch. */
  readonly sentAt: number;
  readonly consent: PostedConsent;
  readonly items: readonly unknown[];
}

/** A batch, or what is wrong with the body. */
export type BatchResult =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'bad'; readonly errors: readonly BodyError[] };

/** Reads the frame of a batch. */
export function readBatch(body: unknown): BatchResult {
  if (!isFields(body)) return { kind: 'bad', errors: [{ path: '', message: 'Must be a JSON object.' }] };
  const sentAt = readInstant(body.sent_at);
  const consent = readPostedConsent(body.consent);
  const errors = frameErrors(body, sentAt, consent);
  const { domain_id: domainId, items } = body;
  const sessionId = readSessionId(body.session_id);
  if (
    errors.length > 0 ||
    sentAt === null ||
    consent === null ||
    sessionId === null ||
    typeof domainId !== 'string' ||
    !Array.isArray(items)
  ) {
    return { kind: 'bad', errors };
  }
  const visitorId = readSessionId(body.visitor_id);
  return { kind: 'batch', batch: { domainId, sessionId, visitorId, sentAt, consent, items } };
}

function frameErrors(body: Fields, sentAt: number | null, consent: PostedConsent | null): BodyError[] {
  const errors: BodyError[] = [];
  if (typeof body.domain_id !== 'string' || body.domain_id === '')
    errors.push({ path: 'domain_id', message: 'Must be the id of a domain.' });
  if (readSessionId(body.session_id) === null) errors.push(SESSION_ERROR);
  if (sentAt === null) errors.push({ path: 'sent_at', message: 'Must be an RFC 3339 time.' });
  if (consent === null) errors.push(CONSENT_ERROR);
  if (!Array.isArray(body.items) || body.items.length > MAX_ITEMS)
    errors.push({ path: 'items', message: `Must be a list of at most ${MAX_ITEMS} items.` });
  return errors;
}

/** What is said of a session id that is none. */
export const SESSION_ERROR: BodyError = {
  path: 'session_id',
  message: 'Must be 1 to 128 visible ASCII characters.',
};

// What is said of a consent that cannot be understood.
const CONSENT_ERROR: BodyError = {
  path: 'consent',
  message: 'Must be {ads, analytics}, each granted or denied.',
};

const SESSION_ID = /^[\x21-\x7e]{1,128}$/;

/** A session's or a visitor's id as a site made it; null if it is none. */
export const readSessionId = (value: unknown): string | null =>
  typeof value === 'string' && SESSION_ID.test(value) ? value : null;

/** An item that was not taken, by its place in the request. */
export interface RejectedItem {
  readonly index: number;
  readonly message: string;
}

/** Reads the items of a batch that came at `at` (ms). */
export function readItems(
  batch: Batch,
  setting: { readonly domainId: string; readonly at: number; readonly defaultConsent: CollectConsent },
): { readonly items: readonly CollectItem[]; readonly rejected: readonly RejectedItem[] } {
  const items: CollectItem[] = [];
  const rejected: RejectedItem[] = [];
  const skewMs = setting.at - batch.sentAt;
  for (const [index, value] of batch.items.entries()) {
    const result = readItem(value, { ...setting, skewMs, consent: batch.consent });
    if (result.kind === 'item') items.push(result.item);
    else rejected.push({ index, message: result.message });
  }
  return { items, rejected };
}
