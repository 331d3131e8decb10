import { type RawBuilder, sql } from 'kysely';

/** What makes a day a stretch of time: the workspace's zone, and the moment that "last" counts from. */
export interface Calendar {
  /** IANA name. */
  readonly zone: string;
  /** The database's own clock if absent. */
  readonly now?: Date | undefined;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** The midnight in the zone that begins the day, or the one so many days later; a moment with an offset stays itself. */
export function buildStart(text: string, { zone }: Calendar, daysLater = 0): RawBuilder<Date> {
  if (!DAY.test(text)) return sql`${text}::timestamptz`;
  return sql`((${text}::date + ${daysLater}::int)::timestamp at time zone ${zone})`;
}

/** Whether a value of a time field is a whole day. */
export const isDay = (text: string): boolean => DAY.test(text);

/** The midnight that begins the last so many days, of which today is one. */
export function buildDaysAgo(days: number, { zone, now }: Calendar): RawBuilder<Date> {
  const moment = now === undefined ? sql`now()` : sql`${now.toISOString()}::timestamptz`;
  const today = sql`date_trunc('day', ${moment} at time zone ${zone})`;
  return sql`((${today} - make_interval(days => ${days - 1}::int)) at time zone ${zone})`;
}
