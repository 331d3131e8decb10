import type { Money } from './money.ts';
import type { Utm } from './utm.ts';

/** What happened, in our words; each platform maps it to its own event name. */
export type ConversionName = 'page_view' | 'view_content' | 'initiate_checkout' | 'purchase' | 'won';

/** The person's choice about ads; `pending` waits for it and nothing identifying is sent. */
export type Consent = 'granted' | 'denied' | 'pending';

/** What a platform is told of a conversion: it, another value for it, or that it came to nothing. */
export type ConversionAction = 'send' | 'restate' | 'retract';

/** Everything known of the person and the click that a platform may match on, raw; each platform hashes by its own rule. */
export interface MatchKeys {
  readonly email: string | null;
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly city: string | null;
  /** ISO 3166-2 without the country: `SP`. */
  readonly state: string | null;
  readonly zip: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Our own stable ids of the person: the tracking token, then the Telegram user id. */
  readonly externalIds: readonly string[];
  readonly clientIp: string | null;
  readonly userAgent: string | null;
  readonly fbc: string | null;
  readonly fbp: string | null;
  readonly fbclid: string | null;
  readonly gclid: string | null;
  readonly gbraid: string | null;
  readonly wbraid: string | null;
  readonly ttclid: string | null;
  /** TikTok's cookie `_ttp`. */
  readonly ttp: string | null;
  readonly liFatId: string | null;
  /** The client id inside Google Analytics' cookie `_ga`. */
  readonly gaClientId: string | null;
}

/** Match keys of somebody of whom nothing is known. */
export const NO_MATCH_KEYS: MatchKeys = {
  email: null,
  phone: null,
  firstName: null,
  lastName: null,
  company: null,
  city: null,
  state: null,
  zip: null,
  country: null,
  externalIds: [],
  clientIp: null,
  userAgent: null,
  fbc: null,
  fbp: null,
  fbclid: null,
  gclid: null,
  gbraid: null,
  wbraid: null,
  ttclid: null,
  ttp: null,
  liFatId: null,
  gaClientId: null,
};

/** One line of what was bought. */
export interface ConversionItem {
  readonly id: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** The campaign parameters of the visit that led here. */
export interface Campaign extends Utm {
  /** UTMify's and other Brazilian trackers' source and checkout keys. */
  readonly src: string | null;
  readonly sck: string | null;
}

/** The sale behind a conversion, as an order: a charge of a bot, or the lead that was won. */
export interface ConversionOrder {
  readonly id: string;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
  readonly refundedAt: Date | null;
  /** How the buyer is called where no name is known. */
  readonly buyer: string;
}

/** A conversion as every platform receives it. */
export interface Conversion {
  readonly conversionId: string;
  readonly name: ConversionName;
  readonly action: ConversionAction;
  /** The id that the browser's event carries too. */
  readonly eventId: string;
  readonly occurredAt: Date;
  /** The visit that it is attributed to; null if none is known. */
  readonly clickedAt: Date | null;
  /** When it was restated or retracted; null while it is as it was. */
  readonly changedAt: Date | null;
  readonly sourceUrl: string | null;
  readonly referrerUrl: string | null;
  readonly value: Money | null;
  readonly orderId: string | null;
  readonly items: readonly ConversionItem[];
  readonly leadId: string | null;
  readonly order: ConversionOrder | null;
  readonly campaign: Campaign;
  readonly consent: Consent;
  readonly match: MatchKeys;
}
