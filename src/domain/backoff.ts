/** Waits between attempts: exponential from `baseMs`, cut at `maxMs`, with full jitter in the upper half. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Milliseconds to wait before attempt `attempt + 1`, when `attempt` (from 1) has failed; `random` is in [0, 1). */
export function backoffMs(backoff: Backoff, attempt: number, random: number = Math.random()): number {
  const full = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
