/** What a vendor's answer means for one delivery; a value, so that the compiler checks every case. */
export type Outcome =
  /** The platform took it. `receipt` is its own reference (fbtrace_id, requestId), if it gave one. */
  | { readonly kind: 'delivered'; readonly receipt: string | null }
  /** The platform works on it and says later, under this reference, whether it took it. */
  | { readonly kind: 'accepted'; readonly requestId: string }
  | Retry
  /** The platform will never take this event as it is. */
  | { readonly kind: 'rejected'; readonly reason: string }
  | Unauthorized;

/** Try again later; `retryAfterMs` where the platform named a wait; `scope` destination slows the whole account. */
export interface Retry {
  readonly kind: 'retry';
  readonly reason: string;
  readonly retryAfterMs: number | null;
  readonly scope: 'request' | 'destination';
}

/** Credentials or configuration are refused: pause the destination, keep its queue, tell the owner. */
export interface Unauthorized {
  readonly kind: 'unauthorized';
  readonly reason: string;
}

/** One outcome for the whole request, or one an event in the order they were sent. */
export type BatchOutcome =
  | { readonly scope: 'all'; readonly outcome: Outcome }
  | { readonly scope: 'each'; readonly outcomes: readonly Outcome[] };

/** Why an event is not sent at all; shown to the owner as it is. */
export interface Skip {
  readonly kind: 'skip';
  readonly reason: string;
}
