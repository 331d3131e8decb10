/** An hour and a weekday as a wall clock shows them. */
export interface LocalTime {
  /** 0 to 23. */
  readonly hour: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** The local hour and weekday of a moment in an IANA zone. */
export function readLocalTime(at: Date, timezone: string): LocalTime {
  const parts = findFormat(timezone).formatToParts(at);
  const textOf = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return { hour: Number(textOf('hour')), weekday: WEEKDAYS.indexOf(textOf('weekday')) };
}

// Making a format costs a hundred times what using it does.
function findFormat(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hour: '2-digit',
    hourCycle: 'h23',
    weekday: 'short',
  });
  formats.set(timezone, format);
  return format;
}
