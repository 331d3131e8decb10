import { expect, test } from 'vitest';
import { buildDecimal, MAX_CENTS, readDecimal } from './money.ts';

test.each([
  [0, '0.00'],
  [5, '0.05'],
  [1990, '19.90'],
  [-1990, '-19.90'],
  [-1, '-0.01'],
  [MAX_CENTS, '999999999999.99'],
  // What sums of odd amounts in odd currencies come to.
  [1e23, '999999999999999916113.92'],
])('%s cents are %s', (cents, text) => {
  expect(buildDecimal(cents)).toBe(text);
});

test.each([
  ['19.9', 1990],
  ['19.90', 1990],
  ['0', 0],
  ['-1', null],
  ['1e3', null],
  ['1.234', null],
  ['', null],
  [' 1', null],
  ['99999999999999', null],
])('%j is %s cents', (text, cents) => {
  expect(readDecimal(text)).toBe(cents);
});
