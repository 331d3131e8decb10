/** Days of a zone, both included. */
export interface DayRange {
  /** `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timezone: string;
  /** It is the workspace's own zone, whose days and hours the views hold. */
  readonly isOwnZone: boolean;
}

/** What a question said of its days, as it came. */
export interface DayRangeWish {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly timezone: string | undefined;
}

/** Why a range cannot be answered. */
export interface RangeRefusal {
  readonly kind: 'refused';
  readonly path: 'from' | 'to' | 'timezone';
  readonly message: string;
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MOST_DAYS = 1_096;

/**
 * The days that a question is about: the last 30 up to today if it names none, in the workspace's zone unless it
 * names another one whose hours begin at the same moments (the numbers are kept by the hour).
 */
export function readDayRange(
  wish: DayRangeWish,
  workspace: { readonly timezone: string; readonly now: number },
): { readonly kind: 'range'; readonly range: DayRange } | RangeRefusal {
  const timezone = wish.timezone ?? workspace.timezone;
  if (!isZone(timezone)) return refuse('timezone', 'is not the name of a time zone, like America/Sao_Paulo');
  const to = wish.to ?? findToday(timezone, workspace.now);
  if (!isDay(to)) return refuse('to', 'must be a date, like 2026-11-30');
  const from = wish.from ?? addDays(to, 1 - DEFAULT_DAYS);
  if (!isDay(from)) return refuse('from', 'must be a date, like 2026-11-01');
  const days = countDays({ from, to });
  if (days < 1) return refuse('to', 'must not be before "from"');
  if (days > MOST_DAYS) return refuse('from', `at most ${MOST_DAYS} days can be asked for at once`);
  if (!shareHours({ from, to, timezone }, workspace.timezone)) {
    return refuse(
      'timezone',
      `its hours do not begin with those of ${workspace.timezone}, by which the numbers are kept`,
    );
  }
  return { kind: 'range', range: { from, to, timezone, isOwnZone: timezone === workspace.timezone } };
}

/** How many days a range has. */
function countDays({ from, to }: Pick<DayRange, 'from' | 'to'>): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/** The range of as many days that ends the day before. */
export function findPreviousRange(range: DayRange): DayRange {
  const days = countDays(range);
  return { ...range, from: addDays(range.from, -days), to: addDays(range.from, -1) };
}

const refuse = (path: RangeRefusal['path'], message: string): RangeRefusal => ({
  kind: 'refused',
  path,
  message,
});

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) && text >= '2000-01-01';
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

function isZone(name: string): boolean {
  // Offsets are taken by JavaScript too, but PostgreSQL reads their sign the other way round.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function findToday(timezone: string, now: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(now);
}

function shareHours({ from, to, timezone }: Omit<DayRange, 'isOwnZone'>, other: string): boolean {
  return [from, to].every((day) => {
    const noon = Date.parse(`${day}T12:00:00Z`);
    return (offsetMinutes(timezone, noon) - offsetMinutes(other, noon)) % 60 === 0;
  });
}

/** Minutes east of UTC at a moment. */
function offsetMinutes(timezone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d{2}):(\d{2})/.exec(name);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}
