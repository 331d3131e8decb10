import type { HotStoreName } from '../stores/hot-store.ts';

/** Where a click that was looked for was found; `none` = nowhere. */
export type ClickSource = 'clicks' | 'memory' | HotStoreName | 'capture_log' | 'none';

/** Counts of looks by where the click was found; sources that were never the answer are left out. */
export type Lookups = Readonly<Partial<Record<ClickSource, number>>>;

/** Looks for a click by where it was found, since the start of the process. */
export class LookupCounts {
  readonly #counts = new Map<ClickSource, number>();

  add(source: ClickSource): void {
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
  }

  read(): Lookups {
    return Object.fromEntries(this.#counts);
  }
}

/** The counts of two processes together. */
export function sumLookups(one: Lookups, other: Lookups): Lookups {
  const sum = new Map<string, number>(Object.entries(one));
  for (const [source, count] of Object.entries(other)) sum.set(source, (sum.get(source) ?? 0) + count);
  return Object.fromEntries(sum);
}
