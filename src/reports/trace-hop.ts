/** What a platform or a gateway answered, as far as it helps to find the event on their side. */
export interface Receipt {
  readonly platform: string;
  readonly status: string;
  readonly attempt: number;
  readonly http_status: number | null;
  /** The platform's own reference: Meta's `fbtrace_id`. */
  readonly reference: string | null;
  readonly reason: string | null;
  /** Its answer as it came, without secrets. */
  readonly answer: unknown;
}

/** The kinds of hops, in the order in which they follow from each other. */
export const HOP_KINDS = [
  'touch',
  'click',
  'cookies',
  'consent',
  'start',
  'broadcast',
  'charge',
  'payment',
  'delivery_page',
  'lead',
  'stage',
  'crm',
  'conversion',
  'delivery',
] as const;

/** One step of a sale's way, told so that a media buyer understands it. */
export interface Hop {
  readonly at: Date;
  readonly kind: (typeof HOP_KINDS)[number];
  /** Token, update id, payment id, event id or delivery id. */
  readonly id: string;
  /** The rule that joined this hop to the one before; null where nothing joined it. */
  readonly matched_by: string | null;
  readonly why: string;
  readonly receipt: Receipt | null;
}

/** In time order; what happened in the same millisecond in the order of cause and effect. */
export function sortHops(hops: readonly Hop[]): Hop[] {
  return [...hops].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || HOP_KINDS.indexOf(a.kind) - HOP_KINDS.indexOf(b.kind),
  );
}

/** Sentences of a hop's explanation, empty ones left out. */
export function buildWhy(...sentences: readonly (string | null)[]): string {
  return sentences.filter((sentence) => sentence !== null && sentence !== '').join(' ');
}

/** A value as it may stand in a sentence: short, on one line. */
export function buildQuote(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `“${line.slice(0, 59).toWellFormed()}…”` : `“${line}”`;
}
