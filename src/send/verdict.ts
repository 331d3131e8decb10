import type { Outcome } from '../domain/outcome.ts';

const WEIGHT = { unauthorized: 4, delivered: 3, accepted: 2, rejected: 1, retry: 0 } as const;

/**
 * What an answer says of the destination: refused credentials wherever they are said; else, of an answer for each
 * event, the best, because one that was taken proves that it works. A request has at least one event.
 */
export function readVerdict(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((verdict, outcome) =>
    WEIGHT[outcome.kind] > WEIGHT[verdict.kind] ? outcome : verdict,
  );
}
