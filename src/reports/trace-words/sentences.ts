/** A number with its noun: `1 repeat`, `2 repeats`. */
export const count = (number: number, one: string, many: string): string =>
  `${number} ${number === 1 ? one : many}`;

/** Words as the beginning of a sentence. */
export const beginSentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Words with a full stop, unless they end in one, or in a question, already. */
export const endSentence = (words: string): string => (/[.?!…]$/.test(words) ? words : `${words}.`);
