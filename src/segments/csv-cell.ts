import type { Cell } from './members/member.ts';

/**
 * What a spreadsheet would take for a formula, however much stands before it: also the full-width signs that Excel reads
 * as theirs. https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^[\s\u00a0]*[=+\-@\t\r\n＝＋－＠]/u;

/** A cell as text that no spreadsheet runs: one that looks like a formula begins with an apostrophe. */
export function buildCsvCell(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  return FORMULA.test(cell) ? `'${cell}` : cell;
}
