import { median } from '../figures.ts';
import type { Loaded, RequestTemplate } from './load-order.ts';
import { runLoad } from './run-load.ts';

/** A server that takes part in a comparison. */
export interface Rival {
  readonly port: number;
  readonly requests: RequestTemplate;
}

/** How a comparison is run. */
export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
  /** Requests a second (open loop); null = 64 connections, as fast as they are answered. */
  readonly perSecond: number | null;
  /** Cores of the load generator; null = all. */
  readonly cores: string | null;
  /** Awaited before each measurement, so that what the last one left over does not burden the next. */
  readonly settle?: () => Promise<void>;
}

const CONNECTIONS = 64;

/** Loads the rivals in turns, round after round; the first round only warms up. One list of results a rival. */
export async function runRounds(rivals: readonly Rival[], how: Rounds): Promise<Loaded[][]> {
  const results: Loaded[][] = rivals.map(() => []);
  for (let round = 0; round <= how.rounds; round += 1) {
    for (const [index, rival] of rivals.entries()) {
      await how.settle?.();
      const seconds = round === 0 ? Math.min(1, how.seconds) : how.seconds;
      const order = { ...rival, connections: CONNECTIONS, seconds, perSecond: how.perSecond };
      const loaded = await runLoad(order, how.cores);
      if (round > 0) results[index]?.push(loaded);
    }
  }
  return results;
}

/** The middle of the rounds' values. */
export function medianOf(rounds: readonly Loaded[] | undefined, read: (loaded: Loaded) => number): number {
  return median((rounds ?? []).map(read));
}

/** The middle of the ratios that each round's throughput has to the base's in the same round. */
export function medianRatio(
  rounds: readonly Loaded[] | undefined,
  base: readonly Loaded[] | undefined,
): number {
  return median((rounds ?? []).map(({ perSecond }, at) => perSecond / (base?.[at]?.perSecond ?? 1)));
}
