/** An amount in integer minor units (cents) of an ISO 4217 currency. Never a float. */
export interface Money {
  readonly cents: number;
  readonly currency: string;
}

/** The largest amount that is kept: 999,999,999,999.99, which the database's columns of amounts hold. */
export const MAX_CENTS = 99_999_999_999_999;

const DECIMAL = /^(\d{1,13})(?:\.(\d{1,2}))?$/;

/** Reads a decimal string with at most two places (`"19.9"`, `"1234.56"`) into cents; null if it is not one. */
export function readDecimal(text: string): number | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const cents = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  return Number.isSafeInteger(cents) ? cents : null;
}

/** Writes cents as a decimal string with two places: 1990 -> `"19.90"`. */
export function buildDecimal(cents: number): string {
  const sign = cents < 0 ? '-' : '';
  // A sum may be larger than any amount; from 1e21 on a number writes itself with an exponent.
  const digits = BigInt(Math.round(Math.abs(cents)))
    .toString()
    .padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Writes an amount as people of the locale read it: `R$ 19,90`. */
export function buildMoneyText(money: Money, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency });
  return format.format(buildDecimal(money.cents) as Intl.StringNumericLiteral);
}
