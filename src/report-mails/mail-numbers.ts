import { localeOf, type PageLanguage } from '../http/pages/language.ts';

/** Numbers as people of a language write them. */
export interface NumberTexts {
  count(value: number): string;
  /** A decimal string in a currency. */
  money(amount: string): string;
  /** A share from 0 to 1. */
  share(value: number): string;
  /** Up to two places. */
  ratio(value: number): string;
  /** The change from `before` to `now`, with its sign: `+12 %`; null where there is nothing to compare with. */
  change(now: number, before: number): string | null;
  /** `YYYY-MM-DD`, long: `22 de novembro de 2026`. */
  day(day: string): string;
  /** `YYYY-MM-DD`, short: `22/11`. */
  shortDay(day: string): string;
  /** A moment in a zone. */
  moment(at: Date): string;
}

/** Makes the texts of a language, a currency and a zone. */
export function buildNumberTexts(setting: {
  readonly language: PageLanguage;
  readonly currency: string;
  readonly timezone: string;
}): NumberTexts {
  const locale = localeOf(setting.language);
  const format = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const percent = format({ style: 'percent', maximumFractionDigits: 1 });
  const change = format({ style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  const money = format({ style: 'currency', currency: setting.currency });
  const dayFormat = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    return (day: string) => made.format(Date.parse(`${day}T00:00:00Z`));
  };
  const moment = new Intl.DateTimeFormat(locale, {
    dateStyle: 'short',
    timeStyle: 'short',
    timeZone: setting.timezone,
  });
  return {
    count: (value) => format({}).format(value),
    money: (amount) => money.format(amount as Intl.StringNumericLiteral),
    share: (value) => percent.format(value),
    ratio: (value) => format({ maximumFractionDigits: 2 }).format(value),
    change: (now, before) => (before === 0 ? null : change.format((now - before) / Math.abs(before))),
    day: dayFormat({ day: 'numeric', month: 'long', year: 'numeric' }),
    shortDay: dayFormat({ day: '2-digit', month: '2-digit' }),
    moment: (at) => moment.format(at),
  };
}
