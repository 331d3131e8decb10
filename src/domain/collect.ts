/** What sites post about their visitors, as the capture log keeps it. Absent values are null, times are corrected. */

/** A person's word, or what stands for it where nobody was asked. */
export type Choice = 'granted' | 'denied';

/** Consent to advertising and to measuring. */
export interface CollectConsent {
  readonly ads: Choice;
  readonly analytics: Choice;
}

/** Cookies that the site's script read, as they stood there. */
export interface CollectCookies {
  readonly fbp: string | null;
  readonly fbc: string | null;
  readonly ttp: string | null;
  /** The whole `_ga` cookie. */
  readonly ga: string | null;
}

interface ItemBase {
  /** A UUID; the same id is the same item, however often it is told. */
  readonly id: string;
  /** When it happened by our clock, ms since the epoch. */
  readonly at: number;
  /** Absolute, with its query; null only for a lead that came without one. */
  readonly pageUrl: string | null;
  readonly referrer: string | null;
  readonly consent: CollectConsent;
  readonly cookies: CollectCookies | null;
}

/** A page that was shown; told again with the same id when more is known of it. */
export interface PageViewItem extends ItemBase {
  readonly type: 'page_view';
  readonly title: string | null;
  /** Whole seconds so far. */
  readonly timeOnPage: number | null;
  readonly exitPage: boolean;
}

/** Something that was done on a page. */
export interface EventItem extends ItemBase {
  readonly type: 'event';
  readonly eventType: string;
  readonly category: string | null;
  readonly action: string | null;
  readonly label: string | null;
  /** A decimal number as text. */
  readonly value: string | null;
  readonly elementId: string | null;
  readonly elementClass: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/** Somebody who left a way to be reached; texts as typed. The id is the lead's. */
export interface LeadItem extends ItemBase {
  readonly type: 'lead';
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly message: string | null;
  readonly formLocation: string | null;
  readonly externalId: string | null;
  readonly extensions: unknown;
  readonly metadata: unknown;
}

/** One thing that a site posted. */
export type CollectItem = PageViewItem | EventItem | LeadItem;
