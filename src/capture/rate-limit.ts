import { KeyCounts } from './key-counts.ts';
import type { VisitCounts } from './limit-exchange.ts';

/** What a rate limit says of one more visit. */
export type RateVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number };

/** Limits of a `RateLimit`. */
export interface RateLimitOptions {
  readonly windowMs: number;
  /** Most keys remembered a window; beyond it the oldest half is forgotten, so a flood of addresses costs no memory. */
  readonly maxKeys?: number;
  /** Whether what is counted is kept for `takeReport`. */
  readonly reports?: boolean;
}

const ALLOWED: RateVerdict = { kind: 'allowed' };

/**
 * Sliding-window counter: this window's visits and the share of the last window's that still lies within the
 * length of one window. Only allowed visits count. The two are swapped at each window's end: no timer, no sweep.
 */
export class RateLimit {
  readonly #windowMs: number;
  readonly #maxKeys: number;
  #unreported: Map<string, number> | null;
  #window = 0;
  #now: KeyCounts;
  #before: KeyCounts;

  constructor({ windowMs, maxKeys = 200_000, reports = false }: RateLimitOptions) {
    this.#unreported = reports ? new Map() : null;
    this.#windowMs = windowMs;
    this.#maxKeys = maxKeys;
    this.#now = new KeyCounts(maxKeys);
    this.#before = new KeyCounts(maxKeys);
  }

  /** Counts a visit of `key` at `at` (ms) unless it is one more than `limit` a window allows; 0 = no limit. */
  take(key: string, { limit, at }: { readonly limit: number; readonly at: number }): RateVerdict {
    if (limit <= 0) return ALLOWED;
    this.#follow(Math.floor(at / this.#windowMs));
    const current = this.#now.get(key);
    const before = this.#before.isEmpty ? 0 : this.#before.get(key);
    const left = this.#windowMs - (at % this.#windowMs);
    if (Math.floor((before * left) / this.#windowMs) + current >= limit) {
      return { kind: 'refused', retryAfterSeconds: this.#wait({ limit, current, before, left }) };
    }
    this.#now.set(key, current + 1);
    this.#unreported?.set(key, (this.#unreported.get(key) ?? 0) + 1);
    return ALLOWED;
  }

  /** Counts visits that another process has allowed. */
  add(counts: VisitCounts, at: number): void {
    this.#turn(Math.floor(at / this.#windowMs));
    for (const [key, visits] of counts) this.#now.set(key, this.#now.get(key) + visits);
  }

  /** What has been counted here since the last report. */
  takeReport(): VisitCounts {
    if (!this.#unreported || this.#unreported.size === 0) return [];
    const counts = [...this.#unreported];
    this.#unreported = new Map();
    return counts;
  }

  /** Turns the window; when the clock was set back the counts of its future are void, or they would stay until then. */
  #follow(window: number): void {
    if (window < this.#window) this.#window = 0;
    this.#turn(window);
  }

  #turn(window: number): void {
    // A report that comes late does not turn back the window.
    if (window <= this.#window) return;
    this.#before = window === this.#window + 1 ? this.#now : new KeyCounts(this.#maxKeys);
    this.#now = new KeyCounts(this.#maxKeys);
    this.#window = window;
  }

  /** Until enough of the last window has slid out; from a full window on, until the next one has begun. */
  #wait(state: { limit: number; current: number; before: number; left: number }): number {
    const { limit, current, before, left } = state;
    const neededLeft = current < limit ? ((limit - current) / before) * this.#windowMs : 0;
    return Math.max(1, Math.ceil((left - neededLeft) / 1000));
  }
}
