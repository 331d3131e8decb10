import fc from 'fast-check';
import { oddText } from './odd-values.ts';

/** A header holds no line breaks and only bytes: what HTTP itself would not carry is left out. */
export const oddHeader = oddText.map((text) =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 9000),
);

const oddWord = oddText.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 2000)));

/** What may stand in an address, whole or broken. */
export const rawWord = fc.oneof(
  oddWord,
  fc.constantFrom('%', '%zz', '%ff%fe', '%00', '%ed%a0%80', '..%2f..', '', '//', 'a%2fb', '%3Crastro-xss%3E'),
);
