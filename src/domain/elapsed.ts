/**
 * Whether so many milliseconds have passed since then, by the wall clock. A clock that was set back has told a wrong
 * "then": that counts as passed, or what is done now and then would not be done again until it has caught up.
 */
export const hasPassed = (ms: number, { since, now }: { readonly since: number; readonly now: number }) =>
  now - since >= ms || now < since;

/** Machines' clocks may be so far apart before a time is taken for a wrong clock's; doctor says so from 5 s on. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;
