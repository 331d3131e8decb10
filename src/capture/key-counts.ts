/**
 * Counts by key, for half of `maxKeys` keys at least and all of them at most; the keys counted longest ago go first. Two
 * maps take turns: to delete the first key of one large Map again and again takes 90 µs each time in V8, whose search for
 * the first one walks over all that were deleted.
 */
export class KeyCounts {
  readonly #half: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  constructor(maxKeys: number) {
    this.#half = Math.max(1, Math.floor(maxKeys / 2));
  }

  get isEmpty(): boolean {
    return this.#young.size === 0;
  }

  /** 0 for a key that is not remembered. */
  get(key: string): number {
    return this.#young.get(key) ?? this.#old.get(key) ?? 0;
  }

  set(key: string, count: number): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, count);
  }
}
