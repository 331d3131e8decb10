import { CsvError, parse } from 'csv-parse/sync';

const SEPARATORS = [';', ',', '\t'] as const;
const MAX_RECORD = 1024 * 1024;

/** One row of a file. */
export interface CsvRow {
  /** The file's line on which it ends, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A file as a table; or why it is none. */
export type CsvTable =
  | {
      readonly kind: 'table';
      readonly separator: (typeof SEPARATORS)[number];
      readonly header: readonly string[];
      readonly rows: readonly CsvRow[];
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads a CSV file: UTF-8, UTF-16 with its mark, or Latin-1 (Windows-1252); separated by semicolons, commas or tabs. */
export function readCsvTable(bytes: Uint8Array): CsvTable {
  const text = decode(bytes);
  const separator = findSeparator(text);
  try {
    const lines: number[] = [];
    const records = parse(text, {
      delimiter: separator,
      on_record: (record, info) => {
        lines.push(info.lines);
        return record;
      },
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MAX_RECORD,
    });
    const filled = records
      .map((cells, index) => ({ line: lines[index] ?? 0, cells }))
      .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
    const [first, ...rows] = filled;
    if (!first) return { kind: 'unreadable', reason: 'The file is empty.' };
    return { kind: 'table', separator, header: first.cells, rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { kind: 'unreadable', reason: describe(error) };
  }
}

/** The parser's own messages quote the file, which holds personal data. */
function describe(error: CsvError): string {
  const line = typeof error.lines === 'number' ? ` on line ${error.lines}` : '';
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return `A quotation mark is opened${line} and never closed.`;
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return `A row${line} is longer than 1 MiB; is a quotation mark missing?`;
  return `The file is no CSV${line} (${error.code}).`;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** The separator that occurs most in the first line that holds any, outside quotation marks. */
function findSeparator(text: string): (typeof SEPARATORS)[number] {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const letter of text.slice(0, MAX_RECORD)) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (letter === '\n' && counts.size > 0) break;
    else if (SEPARATORS.some((separator) => separator === letter)) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
  }
  const [best] = SEPARATORS.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  return best ?? ';';
}

/** One line of a CSV file, without its end. */
export function buildCsvLine(cells: readonly string[], separator: string): string {
  return cells
    .map((cell) =>
      cell.includes(separator) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    )
    .join(separator);
}
