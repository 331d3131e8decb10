import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait and how often to look, in milliseconds; 30 s and 25 ms when absent. */
export interface Patience {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` answers something truthy, and answers that. A `look` that throws counts as "not yet".
 * Throws after the time-out, naming what was waited for and what the last look saw.
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  patience: Patience = {},
): Promise<NonNullable<T>> {
  const timeoutMs = patience.timeoutMs ?? 30_000;
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const seen = await look();
      if (seen) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    await sleep(patience.everyMs ?? 25);
  } while (Date.now() < deadline);
  throw new Error(`waited ${timeoutMs} ms for ${what}; the last look saw: ${describe(last)}`, {
    cause: last,
  });
}

function describe(value: unknown): string {
  if (value instanceof Error) return value.message;
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 500) ?? String(value));
}
