/** An amount as a person or a spreadsheet wrote it. */
export interface WrittenAmount {
  readonly cents: number;
  /** ISO 4217 where it was written along (`R$`, `USD`); null otherwise, also for a bare `$`. */
  readonly currency: string | null;
}

const SIGNS: Readonly<Record<string, string | null>> = {
  R$: 'BRL',
  US$: 'USD',
  U$: 'USD',
  $: null,
  '€': 'EUR',
  '£': 'GBP',
};
const AMOUNT = /^(R\$|US?\$|\$|€|£|[A-Z]{3})? ?(\d[\d., ]*) ?(R\$|US?\$|\$|€|£|[A-Z]{3})?$/;
const MAX_DIGITS = 12;

// Thousands are groups of three; three digits after a single separator are therefore thousands, never decimals.
const FORMS = [
  /^(\d+)(?:[.,](\d{1,2})0*)?$/,
  /^([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d{1,2}))?$/,
  /^([1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?$/,
  /^([1-9]\d{0,2}(?: \d{3})+)(?:[.,](\d{1,2}))?$/,
];

/** Reads `R$ 1.234,56`, `1234.56`, `1,234.56`, `USD 10`; null if it is no amount, is negative, or could mean two things. */
export function readWrittenAmount(text: string): WrittenAmount | null {
  const match = AMOUNT.exec(
    text
      .replace(/[\s\u00a0\u202f]+/g, ' ')
      .trim()
      .toUpperCase(),
  );
  const [, before, digits = '', after] = match ?? [];
  if (!match || (before !== undefined && after !== undefined)) return null;
  const cents = readDigits(digits.trim());
  return cents === null ? null : { cents, currency: readCurrency(before ?? after) };
}

function readDigits(digits: string): number | null {
  const isGrouped = /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
  for (const form of isGrouped ? FORMS.slice(1) : FORMS) {
    const match = form.exec(digits);
    if (!match) continue;
    const whole = (match[1] ?? '').replace(/\D/g, '').replace(/^0+(?=\d)/, '');
    return whole.length > MAX_DIGITS ? null : Number(whole) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
  }
  return null;
}

function readCurrency(sign: string | undefined): string | null {
  if (sign === undefined) return null;
  return sign in SIGNS ? (SIGNS[sign] ?? null) : sign;
}
