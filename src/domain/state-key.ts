const SPELLING_MARKS = /[\p{M}'’`]/gu;
const OTHER_SIGNS = /[^\p{L}\p{N}]+/gu;

/** The one spelling of a state's name within its country: `BR sao paulo`, whatever its accents and dashes. */
export function buildStateKey(country: string, name: string): string {
  const plain = name.normalize('NFD').replace(SPELLING_MARKS, '').toLowerCase();
  return `${country} ${plain.replace(OTHER_SIGNS, ' ').trim()}`;
}
