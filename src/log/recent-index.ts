/** Limits of a `RecentIndex`; all have defaults. */
interface RecentIndexOptions {
  /** How long an entry is kept at least, in ms (10 minutes). */
  readonly keepMs?: number;
  /** Most entries; the oldest go first (1,000,000). */
  readonly maxEntries?: number;
  /** `now()` in milliseconds. */
  readonly clock?: { now(): number };
}

interface Bucket<V> {
  readonly openedAt: number;
  readonly entries: Map<string, V>;
}

/** Time a bucket collects, and the most that it holds: a Map pauses everybody when a large one grows. */
const BUCKET_MS = 30_000;
const BUCKET_ENTRIES = 65_536;

/** The last minutes' keys in memory, in buckets that are dropped whole: no timer, no sweep, no large Map. */
export class RecentIndex<V> {
  readonly #keepMs: number;
  readonly #maxEntries: number;
  readonly #bucketEntries: number;
  readonly #clock: { now(): number };
  /** Newest first. */
  #buckets: Bucket<V>[] = [];

  constructor(options: RecentIndexOptions = {}) {
    this.#keepMs = options.keepMs ?? 600_000;
    this.#maxEntries = options.maxEntries ?? 1_000_000;
    this.#bucketEntries = Math.max(1, Math.min(BUCKET_ENTRIES, Math.ceil(this.#maxEntries / 8)));
    this.#clock = options.clock ?? Date;
  }

  /** Entries held; a key set again in a later bucket counts in both. */
  get size(): number {
    return this.#buckets.reduce((sum, bucket) => sum + bucket.entries.size, 0);
  }

  /** Keeps a value; a later one for the same key wins. */
  set(key: string, value: V): void {
    const now = this.#clock.now();
    let bucket = this.#buckets[0];
    if (!bucket || now - bucket.openedAt >= BUCKET_MS || bucket.entries.size >= this.#bucketEntries) {
      bucket = { openedAt: now, entries: new Map() };
      this.#buckets.unshift(bucket);
      this.#drop(now);
    }
    bucket.entries.set(key, value);
  }

  /** The newest value of a key that is not too old, or undefined. */
  get(key: string): V | undefined {
    const oldest = this.#clock.now() - this.#keepMs - BUCKET_MS;
    for (const bucket of this.#buckets) {
      if (bucket.openedAt < oldest) return undefined;
      const value = bucket.entries.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #drop(now: number): void {
    const oldest = now - this.#keepMs - BUCKET_MS;
    while ((this.#buckets.at(-1)?.openedAt ?? now) < oldest) this.#buckets.pop();
    // The new bucket's room is taken beforehand, so that the limit holds until the next one is opened.
    while (this.#buckets.length > 1 && this.size + this.#bucketEntries > this.#maxEntries)
      this.#buckets.pop();
  }
}
