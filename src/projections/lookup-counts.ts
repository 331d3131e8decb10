import type { HotStoreName } from '../stores/hot-store.ts';

/** Where a click that was looked for was found; `none` = nowhere. */
export type ClickSource = 'clicks' | 'memory' | HotStoreName | 'capture_log' | 'none';

/** Looks for a click by where it was found, since the start of the process. */
export class LookupCounts {
  readonly #counts = new Map<ClickSource, number>();

  add(source: ClickSource): void {
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
  }

  /** Sources that were never the answer are left out. */
  read(): Readonly<Partial<Record<ClickSource, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
