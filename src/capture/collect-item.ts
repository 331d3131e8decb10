import type { CollectConsent, CollectCookies, CollectItem } from '../domain/collect.ts';
import { buildItemId } from '../domain/collect-id.ts';
import { readPageUrl } from '../domain/page-url.ts';
import { buildStorableText } from '../domain/storable-text.ts';
import { chooseConsent, type PostedConsent, readPostedConsent } from './collect-consent.ts';
import { type Fields, ItemFields, isFields, readInstant } from './collect-fields.ts';
import { buildKeptPath, MAX_KEPT_URL } from './kept-url.ts';

/** What holds for all items of a request. */
export interface ItemSetting {
  readonly domainId: string;
  /** When the request came, ms since the epoch. */
  readonly at: number;
  readonly skewMs: number;
  readonly consent: PostedConsent;
  readonly defaultConsent: CollectConsent;
}

/** An item, or why it is none. */
export type ItemResult =
  | { readonly kind: 'item'; readonly item: CollectItem }
  | { readonly kind: 'bad'; readonly message: string };

const MAX_AGE_MS = 120 * 86_400_000;
const MAX_AHEAD_MS = 5 * 60_000;
const MAX_ID = 200;
const MAX_COOKIE = 600;

/** Reads one posted item; fields that are not known are ignored. Never throws. */
export function readItem(value: unknown, setting: ItemSetting): ItemResult {
  if (!isFields(value)) return { kind: 'bad', message: 'Must be an object.' };
  const fields = new ItemFields(value);
  const base = readBase(fields, setting);
  const item = readTyped(fields, base, setting);
  return fields.problem === null && item !== null
    ? { kind: 'item', item }
    : { kind: 'bad', message: fields.problem ?? 'type must be page_view, event or lead.' };
}

type Base = Pick<CollectItem, 'id' | 'at' | 'pageUrl' | 'referrer' | 'consent' | 'cookies'>;

function readBase(fields: ItemFields, setting: ItemSetting): Base {
  return {
    id: readId(fields, setting.domainId),
    at: readTime(fields, setting),
    pageUrl: readUrl(fields),
    referrer: fields.text('referrer', 2048),
    consent: readConsent(fields, setting),
    cookies: readCookies(fields.raw('cookies')),
  };
}

function readId(fields: ItemFields, domainId: string): string {
  const id = fields.raw('id');
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID) return buildItemId(domainId, id);
  fields.refuse(`id must be text of at most ${MAX_ID} characters.`);
  return '';
}

function readTime(fields: ItemFields, { at, skewMs }: ItemSetting): number {
  const told = readInstant(fields.raw('occurred_at'));
  if (told === null) {
    fields.refuse('occurred_at must be an RFC 3339 time.');
    return 0;
  }
  const happened = told + skewMs;
  if (happened < at - MAX_AGE_MS) fields.refuse('occurred_at is more than 120 days ago.');
  if (happened > at + MAX_AHEAD_MS) fields.refuse('occurred_at is more than 5 minutes ahead.');
  return happened;
}

function readUrl(fields: ItemFields): string | null {
  const value = fields.raw('page_url');
  const url = typeof value === 'string' ? buildPageUrl(value) : null;
  if (url === null) fields.refuse('page_url must be an absolute http or https address.');
  return url;
}

/** A page's address as it is kept: without fragment, what attribution needs before the rest; null if it is none. */
export function buildPageUrl(text: string): string | null {
  if (readPageUrl(text) === null) return null;
  const [address = ''] = text.trim().split('#', 1);
  return buildStorableText(buildKeptPath(address, MAX_KEPT_URL), MAX_KEPT_URL);
}

function readConsent(fields: ItemFields, { consent, defaultConsent }: ItemSetting): CollectConsent {
  const posted = readPostedConsent(fields.raw('consent'));
  if (posted === null) {
    fields.refuse('consent must be {ads, analytics}, each granted or denied.');
    return { ads: 'denied', analytics: 'denied' };
  }
  return chooseConsent(posted, consent, defaultConsent);
}

/** Cookies only add to what is known: what is no text is left out and costs nobody the item. */
export function readCookies(value: unknown): CollectCookies | null {
  if (!isFields(value)) return null;
  const cookies = {
    fbp: readCookie(value._fbp),
    fbc: readCookie(value._fbc),
    ttp: readCookie(value._ttp),
    ga: readCookie(value._ga),
  };
  return Object.values(cookies).every((cookie) => cookie === null) ? null : cookies;
}

const readCookie = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= MAX_COOKIE
    ? buildStorableText(value, MAX_COOKIE)
    : null;

function readTyped(fields: ItemFields, base: Base, setting: ItemSetting): CollectItem | null {
  const type = fields.raw('type');
  if (type === 'page_view') {
    return {
      type,
      ...base,
      title: fields.text('title', 500),
      timeOnPage: readTimeOnPage(fields, base.at, setting.at),
      exitPage: fields.flag('exit_page'),
    };
  }
  if (type === 'event') return readEvent(fields, base);
  if (type === 'lead') return readLead(fields, base);
  return null;
}

/** Nobody has looked at a page for longer than it has been there; a second is for rounding. */
function readTimeOnPage(fields: ItemFields, shownAt: number, now: number): number | null {
  const seconds = fields.seconds('time_on_page');
  return seconds === null ? null : Math.min(seconds, Math.max(0, Math.ceil((now - shownAt) / 1000)) + 1);
}

function readEvent(fields: ItemFields, base: Base): CollectItem {
  const eventType = fields.text('event_type', 100);
  if (eventType === null) fields.refuse('event_type is missing.');
  return {
    type: 'event',
    ...base,
    eventType: eventType ?? '',
    category: fields.text('event_category', 500),
    action: fields.text('event_action', 500),
    label: fields.text('event_label', 500),
    value: fields.decimal('event_value'),
    elementId: fields.text('element_id', 500),
    elementClass: fields.text('element_class', 500),
    data: fields.object('event_data'),
  };
}

const LEAD_TEXT = 20_000;

/** Reads a lead's own fields; the same for a batch's item, for one lead as JSON and for a form. */
export function readLead(fields: ItemFields, base: Base): CollectItem {
  const texts = {
    name: fields.text('name', LEAD_TEXT),
    email: fields.text('email', LEAD_TEXT),
    phone: fields.text('phone', LEAD_TEXT),
    company: fields.text('company', LEAD_TEXT),
    message: fields.text('message', LEAD_TEXT),
    formLocation: fields.text('form_location', LEAD_TEXT),
    externalId: fields.text('external_id', LEAD_TEXT),
  };
  const extensions = fields.object('extensions');
  const metadata = fields.object('metadata');
  const { formLocation, ...told } = texts;
  const isEmpty = Object.values(told).every((text) => text === null) && !hasFields(extensions);
  if (isEmpty) fields.refuse('A lead needs a name, an e-mail, a phone or anything else that was said.');
  return { type: 'lead', ...base, ...texts, extensions, metadata };
}

const hasFields = (value: Fields | null): boolean => value !== null && Object.keys(value).length > 0;
