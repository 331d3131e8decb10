import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rows of a labelled set of this folder; where it is from and under which licence stands in its first lines. */
export function readCases(file: string): readonly (readonly string[])[] {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split('\t'));
}

/** Right answers among answers; `share` is between 0 and 1, null where there was nothing to answer. */
export interface Score {
  readonly name: string;
  readonly right: number;
  readonly cases: number;
  readonly share: number | null;
}

/** Counts the cases of which `isRight` holds. */
export function scoreCases<Case>(
  name: string,
  cases: readonly Case[],
  isRight: (example: Case) => boolean,
): Score {
  const right = cases.filter(isRight).length;
  return { name, right, cases: cases.length, share: cases.length === 0 ? null : right / cases.length };
}
