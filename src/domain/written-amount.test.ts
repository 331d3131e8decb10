import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildMoneyText } from './money.ts';
import { readWrittenAmount } from './written-amount.ts';

describe('readWrittenAmount', () => {
  test.each([
    ['R$ 1.234,56', 123456, 'BRL'],
    ['R$\u00a01.234,56', 123456, 'BRL'],
    ['r$10', 1000, 'BRL'],
    ['1234.56', 123456, null],
    ['1234,5', 123450, null],
    ['1,234.56', 123456, null],
    ['1.234', 123400, null],
    ['1,234', 123400, null],
    ['10,999', 1099900, null],
    ['12.345.678,90', 1234567890, null],
    ['1 234,56', 123456, null],
    ['0', 0, null],
    ['0,99', 99, null],
    ['0.500', 50, null],
    ['19.9000', 1990, null],
    ['USD 10.00', 1000, 'USD'],
    ['10,00 EUR', 1000, 'EUR'],
    ['10 €', 1000, 'EUR'],
    ['US$ 5', 500, 'USD'],
    ['$ 5', 500, null],
  ])('%s is %i cents of %s', (text, cents, currency) => {
    expect(readWrittenAmount(text)).toEqual({ cents, currency });
  });

  test.each([
    '',
    '-10',
    '(10)',
    'dez',
    '1.2.3',
    '1,23,4',
    '1.234.56',
    '12.3456',
    '1e3',
    '9999999999999',
    'R$ 1 BRL',
  ])('"%s" is none', (text) => {
    expect(readWrittenAmount(text)).toBeNull();
  });

  const amounts = fc.integer({ min: 0, max: 99_999_999_999_999 });

  test('reads what pt-BR and en-US write', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom('pt-BR', 'en-US'), (cents, locale) => {
        const text = buildMoneyText({ cents, currency: 'BRL' }, locale);
        expect(readWrittenAmount(text)).toEqual({ cents, currency: 'BRL' });
      }),
    );
  });

  test('never throws, and answers whole cents or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[R$ \d.,-]{0,20}$/)), (text) => {
        const amount = readWrittenAmount(text);
        expect(amount === null || (Number.isSafeInteger(amount.cents) && amount.cents >= 0)).toBe(true);
      }),
    );
  });
});
