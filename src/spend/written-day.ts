/** Which number comes first where both could be a month: `11/02/2026`. */
export type DayOrder = 'day_first' | 'month_first';

const ISO = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T].*)?$/;
const SLASHED = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})$/;
const ENGLISH = /^([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})$/;
const PORTUGUESE = /^(\d{1,2}) de ([a-zç]{3})[a-zç]*\.?(?: de)? (\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MESES = ['jan', 'fev', 'mar', 'abr', 'mai', 'jun', 'jul', 'ago', 'set', 'out', 'nov', 'dez'];

/** Reads a day as exports write it, as `YYYY-MM-DD`; null if it is none of the calendar. */
export function readWrittenDay(text: string, order: DayOrder): string | null {
  const written = text.trim().toLowerCase();
  const iso = ISO.exec(written);
  if (iso) return buildDay(iso[1], iso[2], iso[3]);
  const slashed = SLASHED.exec(written);
  if (slashed) {
    const [, first, second, year = ''] = slashed;
    const full = year.length === 2 ? `20${year}` : year;
    return order === 'day_first' ? buildDay(full, second, first) : buildDay(full, first, second);
  }
  const english = ENGLISH.exec(written);
  if (english) return buildDay(english[3], String(MONTHS.indexOf(english[1] ?? '') + 1), english[2]);
  const portuguese = PORTUGUESE.exec(written);
  if (portuguese)
    return buildDay(portuguese[3], String(MESES.indexOf(portuguese[2] ?? '') + 1), portuguese[1]);
  return null;
}

/** The order of a file: a number above 12 gives it away, else the language of its header does. */
export function findDayOrder(texts: readonly string[], isPortuguese: boolean): DayOrder {
  for (const text of texts) {
    const [, first, second] = SLASHED.exec(text.trim()) ?? [];
    if (Number(first) > 12) return 'day_first';
    if (Number(second) > 12) return 'month_first';
  }
  return isPortuguese ? 'day_first' : 'month_first';
}

function buildDay(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
): string | null {
  const text = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : null;
}
