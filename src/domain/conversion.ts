import type { Money } from './money.ts';

/** What happened, in our words; each platform maps it to its own event name. */
export type ConversionName = 'page_view' | 'view_content' | 'initiate_checkout' | 'purchase' | 'won';

/** The person's choice about ads; `pending` waits for it and nothing identifying is sent. */
export type Consent = 'granted' | 'denied' | 'pending';

/** Everything known of the person and the click that a platform may match on, raw; each platform hashes by its own rule. */
export interface MatchKeys {
  readonly email: string | null;
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
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
  readonly liFatId: string | null;
}

/** One line of what was bought. */
export interface ConversionItem {
  readonly id: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** A conversion as every platform receives it. */
export interface Conversion {
  readonly conversionId: string;
  readonly name: ConversionName;
  /** The id that the browser's event carries too. */
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly sourceUrl: string | null;
  readonly referrerUrl: string | null;
  readonly value: Money | null;
  readonly orderId: string | null;
  readonly items: readonly ConversionItem[];
  readonly consent: Consent;
  readonly match: MatchKeys;
}
