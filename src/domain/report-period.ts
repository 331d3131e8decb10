import { readLocalTime } from './local-time.ts';

/** How often a report is made: of a week from Monday to Sunday, or of a calendar month. */
export type ReportEvery = 'week' | 'month';

/** Days of a zone, `YYYY-MM-DD`, both included. */
export interface ReportPeriod {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

/**
 * The newest whole week or month whose report is due: it is over in the zone, and the day after it has come to `hour`
 * (0 to 23).
 */
export function findReportPeriod(wish: {
  readonly every: ReportEvery;
  readonly hour: number;
  readonly timezone: string;
  /** Ms. */
  readonly now: number;
}): ReportPeriod {
  const { day, hour } = readLocalTime(wish.now, wish.timezone);
  const ripe = hour >= wish.hour ? day : addDays(day, -1);
  return wish.every === 'week' ? findWeekBefore(ripe) : findMonthBefore(ripe);
}

function findWeekBefore(day: string): ReportPeriod {
  // Days since Monday; getUTCDay begins on Sunday.
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const monday = addDays(day, -sinceMonday);
  return { from: addDays(monday, -7), to: addDays(monday, -1) };
}

function findMonthBefore(day: string): ReportPeriod {
  const to = addDays(`${day.slice(0, 7)}-01`, -1);
  return { from: `${to.slice(0, 7)}-01`, to };
}

const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
