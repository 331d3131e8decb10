import { onTestFailed } from 'vitest';

/** `npm run chaos` asks for the long form; `npm test` has the short one. */
export const IS_LONG = process.env.CHAOS_FORM === 'long';

/** What is different in the long form. */
export const chosen = <T>(form: { readonly short: T; readonly long: T }): T =>
  IS_LONG ? form.long : form.short;

/** How often a scenario hurts: `--rounds` of `npm run chaos`, or as the form says. */
export const chosenRounds = (form: { readonly short: number; readonly long: number }): number =>
  Number(process.env.CHAOS_ROUNDS ?? chosen(form));

/** Longest time of a scenario of many rounds. */
export const LONG_TEST_MS = 3_600_000;

/** Random numbers in [0, 1) of one scenario's own: the same again with the same seed; a failure tells the seed. */
export function openChance(scenario: string): () => number {
  const seed = process.env.CHAOS_SEED ?? String(Math.floor(Math.random() * 1_000_000));
  onTestFailed(() => console.error(`${scenario}: the seed was ${seed}`));
  let state = hash(`${seed} ${scenario}`);
  // mulberry32: small, and good enough to choose moments.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const char of text) sum = Math.imul(sum ^ char.charCodeAt(0), 0x01000193);
  return sum | 0;
}
