import type { ClickFact } from '../domain/facts.ts';
import { RecentIndex } from '../log/recent-index.ts';
import { readFact } from './read-fact.ts';

// Four seconds of 2,000 clicks a second; the drain is behind by one, and stores and log know the rest. All of it is in
// memory as soon as that many clicks have come.
const LIMITS = { keepMs: 120_000, maxEntries: 10_000, maxBytes: 8 * 1024 * 1024 };

/** The clicks that this process has captured lately, for a /start that comes before the drain. */
export class RecentClicks {
  readonly #records = new RecentIndex(LIMITS);

  /** Keeps a click's record as it went into the log. */
  keep(token: string, json: string): void {
    this.#records.set(token, json);
  }

  /** The click of a token, or undefined. */
  get(token: string): ClickFact | undefined {
    const json = this.#records.get(token);
    const fact = json === undefined ? null : readFact(json);
    return fact?.kind === 'click' ? fact : undefined;
  }
}
