import type { CollectItem } from './collect.ts';

/**
 * The records of the capture log: raw facts of the public edge, one JSON line each. They never change once
 * written, so a field may be added but never given another meaning. Everything else is worked out by folding.
 */

/** A served click: what the request said, nothing worked out yet. */
export interface ClickFact {
  readonly kind: 'click';
  /** When the request came, ms since the epoch. */
  readonly at: number;
  readonly token: string;
  readonly workspaceId: string;
  readonly poolId: string;
  readonly botId: string;
  /** `bridge` = the page was served, `direct` = a 302. */
  readonly mode: 'bridge' | 'direct';
  /** Absolute URL as requested, with its query string as received. */
  readonly url: string;
  readonly fbp: string | null;
  readonly fbc: string | null;
  readonly fbi: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly referrer: string | null;
  readonly language: string | null;
  /** Sec-CH-UA, -Mobile, -Platform and the like, as received; only those present. */
  readonly hints: Readonly<Record<string, string>>;
  readonly consent: 'granted' | 'denied' | 'pending';
}

/** Cookies that the bridge page or the delivery page found after it loaded. */
export interface CookiesFact {
  readonly kind: 'cookies';
  readonly at: number;
  readonly token: string;
  readonly fbp: string | null;
  readonly fbc: string | null;
  readonly fbi: string | null;
  readonly pageType: string | null;
}

/** The person's choice on a page that asked. */
export interface ConsentFact {
  readonly kind: 'consent';
  readonly at: number;
  readonly token: string;
  readonly ads: 'granted' | 'denied';
}

/** What one request of a site told: a batch of its script, one lead, or a form. */
export interface CollectFact {
  readonly kind: 'collect';
  readonly at: number;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly sessionId: string;
  /** As the site called the visitor, if it did; our own `visitor_id` is worked out when it is folded. */
  readonly visitorId: string | null;
  /** Milliseconds that the sender's clock was behind ours; the items' times have them added. */
  readonly skewMs: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Absent where the site's own server speaks for a person, and in records of before it was kept. */
  readonly language?: string | null;
  /** As a click's; absent as the language is. */
  readonly hints?: Readonly<Record<string, string>>;
  /** Whether it came over https; absent as the language is. */
  readonly isSecure?: boolean;
  /** A form's honeypot was filled: what came is kept as an event, without what was typed, and is no lead. */
  readonly isSpam: boolean;
  readonly items: readonly CollectItem[];
}

/** A visit that is not a click; of the visitor nothing is kept but this count by reason. */
export interface UncountedFact {
  readonly kind: 'uncounted';
  readonly at: number;
  readonly workspaceId: string;
  readonly poolId: string;
  readonly reason: UncountedReason;
}

/** Why a visit is not a click: refused by the gate (five), or served but not counted. */
export type UncountedReason =
  | 'gate_link_key'
  | 'gate_country'
  | 'gate_datacenter'
  | 'gate_tool'
  | 'gate_rate'
  | 'rate_limit'
  | 'no_bot'
  | 'head'
  | 'prefetch'
  | 'crawler';

/** What stands where the record of an erased person stood. */
export interface ErasedFact {
  readonly kind: 'erased';
  readonly at: number;
}

/** Any record of the capture log. */
export type Fact = ClickFact | CookiesFact | ConsentFact | UncountedFact | CollectFact | ErasedFact;
