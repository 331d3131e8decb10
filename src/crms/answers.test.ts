import { expect, test } from 'vitest';
import { MAX_CENTS } from '../domain/money.ts';
import { readCents } from './answers.ts';

test.each([
  [19.9, 1990],
  ['1234.567', 123457],
  ['0', 0],
  ['999999999999.99', MAX_CENTS],
  // The database's column would refuse it, and with it the change of the deal.
  ['999999999999.999', null],
  ['9999999999999', null],
  ['-1', null],
  ['1e3', null],
  [1e308, null],
  [null, null],
])('%j is %s cents', (value, cents) => {
  expect(readCents(value)).toBe(cents);
});
