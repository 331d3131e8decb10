/** A moment as a calendar and a clock on the wall show it. */
export interface LocalTime {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** 0 to 23. */
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time of a moment (a date or ms) in an IANA zone. */
export function readLocalTime(at: Date | number, timezone: string): LocalTime {
  const parts = findFormat(timezone).formatToParts(at);
  const textOf = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return {
    day: `${textOf('year')}-${textOf('month')}-${textOf('day')}`,
    hour: Number(textOf('hour')),
    minute: Number(textOf('minute')),
    weekday: WEEKDAYS.indexOf(textOf('weekday')),
  };
}

// Making a format costs a hundred times what using it does.
function findFormat(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    weekday: 'short',
  });
  formats.set(timezone, format);
  return format;
}
