import { crc32 } from 'node:zlib';

/** Bytes before the JSON of a line: eight hex digits of CRC-32 and a space. */
export const LINE_PREFIX_BYTES = 9;

/**
 * Longest JSON of one record, in bytes. A 256 KiB body made only of control characters grows sixfold in JSON;
 * anything longer in a file is garbage and is skipped without being loaded whole.
 */
export const MAX_RECORD_BYTES = 2 * 1024 * 1024;

/** Longest line, without its newline. */
export const MAX_LINE_BYTES = LINE_PREFIX_BYTES + MAX_RECORD_BYTES;

const NEWLINE = 10;
const SPACE = 32;
const HEX_DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const HEX_VALUES = hexValues();

function hexValues(): Int8Array {
  const values = new Int8Array(256).fill(-1);
  HEX_DIGITS.forEach((digit, value) => {
    values[digit] = value;
  });
  return values;
}

/** Writes one whole line at `at` and returns where it ends. The buffer must hold the worst case: see `worstLineBytes`. */
export function writeLine(buffer: Buffer, at: number, json: string): number {
  const start = at + LINE_PREFIX_BYTES;
  const end = start + buffer.write(json, start, 'utf8');
  let crc = crc32(buffer.subarray(start, end));
  for (let digit = at + 7; digit >= at; digit -= 1) {
    buffer[digit] = HEX_DIGITS[crc & 15] as number;
    crc >>>= 4;
  }
  buffer[start - 1] = SPACE;
  buffer[end] = NEWLINE;
  return end + 1;
}

/** Most bytes that the line of this JSON can take: UTF-8 needs at most three bytes a UTF-16 unit. */
export function worstLineBytes(json: string): number {
  return LINE_PREFIX_BYTES + json.length * 3 + 1;
}

/** The JSON of the line in `[start, end)` (no newline), or null if its shape or its CRC is wrong. */
export function readLine(bytes: Buffer, start: number, end: number): string | null {
  const jsonStart = start + LINE_PREFIX_BYTES;
  if (end <= jsonStart || end - jsonStart > MAX_RECORD_BYTES || bytes[jsonStart - 1] !== SPACE) return null;
  let crc = 0;
  for (let at = start; at < jsonStart - 1; at += 1) {
    const value = HEX_VALUES[bytes[at] as number] as number;
    if (value < 0) return null;
    crc = crc * 16 + value;
  }
  if (crc !== crc32(bytes.subarray(jsonStart, end))) return null;
  return bytes.toString('utf8', jsonStart, end);
}
