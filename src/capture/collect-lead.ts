import type { CollectConsent, LeadItem } from '../domain/collect.ts';
import { buildItemId } from '../domain/collect-id.ts';
import { readSessionId, SESSION_ERROR } from './collect-body.ts';
import { chooseConsent, readPostedConsent } from './collect-consent.ts';
import { type Fields, ItemFields, readInstant } from './collect-fields.ts';
import { buildPageUrl, readCookies, readLead } from './collect-item.ts';
import type { BodyError } from './tracking-body.ts';

/** One lead of `/api/leads` with the session that it names. */
export interface PostedLead {
  readonly item: LeadItem;
  /** The site's own session, or one of the lead's own. */
  readonly sessionId: string;
  readonly visitorId: string | null;
  readonly skewMs: number;
  /** The honeypot was filled. */
  readonly isSpam: boolean;
}

/** A lead, or what is wrong with its fields. */
export type LeadResult =
  | { readonly kind: 'lead'; readonly lead: PostedLead }
  | { readonly kind: 'bad'; readonly errors: readonly BodyError[] };

/** What the request itself says beside the posted fields. */
export interface LeadSetting {
  readonly domainId: string;
  readonly at: number;
  /** For a lead that brings none. */
  readonly newId: string;
  readonly referer: string | null;
  readonly defaultConsent: CollectConsent;
}

const HONEYPOT = '_gotcha';
const MAX_AGE_MS = 120 * 86_400_000;
const MAX_AHEAD_MS = 5 * 60_000;

/** Reads one posted lead. */
export function readPostedLead(body: Fields, setting: LeadSetting): LeadResult {
  const fields = new ItemFields(body);
  const skewMs = readSkew(fields, setting);
  const given = body.id ?? body.lead_id;
  const id = typeof given === 'string' && given !== '' && given.length <= 200 ? given : setting.newId;
  const base = {
    id: buildItemId(setting.domainId, id),
    at: readTime(fields, setting, skewMs),
    pageUrl: readPage(body, setting),
    referrer: fields.text('referrer', 2048),
    consent: readConsent(fields, setting),
    cookies: readCookies(body.cookies),
  };
  const item = readLead(fields, base);
  const sessionId = readSession(fields, body);
  const isSpam = typeof body[HONEYPOT] === 'string' && body[HONEYPOT].trim() !== '';
  if (fields.problem !== null || item.type !== 'lead') return { kind: 'bad', errors: [errorOf(fields)] };
  const own = `lead_${item.id}`;
  return {
    kind: 'lead',
    lead: {
      item,
      // A honeypot's victim must not mark the session of a person.
      sessionId: isSpam ? own : (sessionId ?? own),
      visitorId: readSessionId(body.visitor_id),
      skewMs,
      isSpam,
    },
  };
}

const errorOf = ({ problem }: ItemFields): BodyError => {
  const message = problem ?? 'Is no lead.';
  const [first = ''] = message.split(' ', 1);
  return { path: /^[a-z_]+$/.test(first) ? first : '', message };
};

function readSkew(fields: ItemFields, { at }: LeadSetting): number {
  const told = fields.raw('sent_at');
  if (told === undefined || told === null || told === '') return 0;
  const sentAt = readInstant(told);
  if (sentAt === null) fields.refuse('sent_at must be an RFC 3339 time.');
  return sentAt === null ? 0 : at - sentAt;
}

/** Without a time of its own it happened now. */
function readTime(fields: ItemFields, { at }: LeadSetting, skewMs: number): number {
  const told = fields.raw('occurred_at');
  if (told === undefined || told === null || told === '') return at;
  const happened = (readInstant(told) ?? Number.NaN) + skewMs;
  const isFine = happened >= at - MAX_AGE_MS && happened <= at + MAX_AHEAD_MS;
  if (!isFine)
    fields.refuse('occurred_at must be an RFC 3339 time, at most 120 days ago and 5 minutes ahead.');
  return isFine ? happened : at;
}

/** A plain form says its page by the Referer header, unless a field does. */
function readPage(body: Fields, { referer }: LeadSetting): string | null {
  const told = typeof body.page_url === 'string' ? buildPageUrl(body.page_url) : null;
  return told ?? (referer === null ? null : buildPageUrl(referer));
}

function readConsent(fields: ItemFields, { defaultConsent }: LeadSetting): CollectConsent {
  const posted = readPostedConsent(fields.raw('consent'));
  if (posted === null) fields.refuse('consent must be {ads, analytics}, each granted or denied.');
  const silent = { ads: null, analytics: null };
  return chooseConsent(posted ?? silent, silent, defaultConsent);
}

function readSession(fields: ItemFields, body: Fields): string | null {
  const told = body.session_id;
  if (told === undefined || told === null || told === '') return null;
  const sessionId = readSessionId(told);
  if (sessionId === null) fields.refuse(`${SESSION_ERROR.path} ${SESSION_ERROR.message}`);
  return sessionId;
}
