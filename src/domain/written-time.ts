const ISO =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)? ?(Z|[+-]\d{2}:?\d{2})?$/i;
const DAY_FIRST =
  /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:(?:[ ,T]|às|as)+(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?$/i;

/** A moment as a person or a spreadsheet wrote it. */
export interface WrittenTime {
  readonly at: Date;
  /** No time of day was written: `at` is noon, which is the same day in the neighbouring zones too. */
  readonly isDayOnly: boolean;
}

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * Reads `31/12/2026`, `31/12/2026 14:30`, `2026-12-31`, RFC 3339; days come before months. A time without an offset is
 * one of the zone (an IANA name); null if it is no moment of the calendar.
 */
export function readWrittenTime(text: string, zone: string): WrittenTime | null {
  const written = text.trim().replace(/\s+/g, ' ');
  const iso = ISO.exec(written);
  const dayFirst = iso ? null : DAY_FIRST.exec(written);
  const match = iso ?? dayFirst;
  if (!match) return null;
  const isDayOnly = match[4] === undefined;
  const [year, month, day] = iso
    ? [match[1], match[2], match[3]]
    : [match[3]?.length === 2 ? `20${match[3]}` : match[3], match[2], match[1]];
  const fields = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: isDayOnly ? 12 : Number(match[4]),
    minute: Number(match[5] ?? 0),
    second: Number(match[6] ?? 0),
  };
  if (!isOfCalendar(fields)) return null;
  const offset = iso?.[7];
  if (offset === undefined) return { at: buildLocalTime(fields, zone), isDayOnly };
  if (isDayOnly) return null;
  return { at: new Date(asUtc(fields) - readOffset(offset)), isDayOnly };
}

const asUtc = ({ year, month, day, hour, minute, second }: Fields): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

function isOfCalendar(fields: Fields): boolean {
  const date = new Date(asUtc(fields));
  return (
    fields.year >= 1000 &&
    date.getUTCMonth() === fields.month - 1 &&
    date.getUTCDate() === fields.day &&
    date.getUTCHours() === fields.hour &&
    date.getUTCMinutes() === fields.minute &&
    fields.second < 60
  );
}

/** Milliseconds of `-03:00`, `+0530`, `Z`. */
function readOffset(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** A local time that a change of the clock leaves out becomes the one an hour later, as clocks show it. */
function buildLocalTime(fields: Fields, zone: string): Date {
  const wall = asUtc(fields);
  const first = wall - offsetAt(wall, zone);
  const second = wall - offsetAt(first, zone);
  const isReal = second + offsetAt(second, zone) === wall;
  return new Date(isReal ? second : Math.max(first, second));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clocks are ahead of UTC at a moment, in ms. */
function offsetAt(at: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const wall = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}
