import { expect, test } from 'vitest';
import { MAX_CENTS } from '../domain/money.ts';
import { readCents, readText } from './answers.ts';

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

test.each([
  [' won ', 'won'],
  [7, '7'],
  ['', null],
  [{}, null],
  // A signed webhook with these was refused for ever, because the database takes neither.
  ['a\0b', 'ab'],
  ['x\ud83d', 'x'],
  ['\0', null],
])('%j is the text %j', (value, text) => {
  expect(readText(value)).toBe(text);
});
