/** A source of chance that a seed repeats. */
export interface SeededRandom {
  /** From 0 to below 1. */
  next(): number;
  /** True so often: 0 = never, 1 = always. */
  chance(share: number): boolean;
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
  /** One of them, by its weight. */
  pick<Item>(weighted: readonly (readonly [Item, number])[]): Item;
  /** Of a log-normal distribution: half of all are below `median`. */
  logNormal(median: number, spread: number): number;
}

/** Makes one (mulberry32: 32 bits of state, plenty for thousands of rows, and the same on every machine). */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    chance: (share) => next() < share,
    below: (count) => Math.floor(next() * count),
    pick: (weighted) => pickWeighted(weighted, next()),
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  };
}

function pickWeighted<Item>(weighted: readonly (readonly [Item, number])[], at: number): Item {
  let left = at * weighted.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of weighted) {
    left -= weight;
    if (left < 0) return item;
  }
  const last = weighted.at(-1);
  if (last === undefined) throw new TypeError('There is nothing to pick from.');
  return last[0];
}
