import { readLocalTime } from '../domain/local-time.ts';

/** Hours of the day in which nothing is sent, in minutes after midnight; `from` may be later than `to`. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

const DAY_MINUTES = 24 * 60;

/** Whether a moment is in the quiet hours of an IANA zone; equal ends are no hours at all. */
export function isQuiet(quiet: QuietHours, at: Date, zone: string): boolean {
  const local = readLocalTime(at, zone);
  const minute = local.hour * 60 + local.minute;
  const length = (quiet.to - quiet.from + DAY_MINUTES) % DAY_MINUTES;
  return (minute - quiet.from + DAY_MINUTES) % DAY_MINUTES < length;
}

/** Minutes after midnight of `22:30`; null if it is none. */
export function readClockTime(text: string): number | null {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

/** `22:30` of minutes after midnight. */
export const buildClockTime = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
