import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES, readLine } from './line.ts';

/** A piece of a segment between two newlines that is no record. */
export interface CorruptPiece {
  readonly segment: number;
  readonly offset: number;
  /** Bytes in the file, without the newline. */
  readonly length: number;
  /** The piece itself, or its first 2 MiB if it is longer. */
  readonly bytes: Buffer;
}

/** Receives what a segment holds, in its order; returning false stops the reading behind that line. */
export interface LineSink {
  record(json: string, offset: number): boolean;
  corrupt(piece: { offset: number; length: number; bytes: Buffer }): boolean;
}

/** Where a reading stopped: behind the last whole line, `tail` bytes before the end of the file if it got there. */
export interface ReadEnd {
  readonly offset: number;
  readonly tail: number;
  readonly isAtEnd: boolean;
}

const NEWLINE = 10;
const CHUNK_BYTES = 256 * 1024;

/** Reads whole lines of one open segment from `offset` on, in chunks that grow only for a long line. */
export async function readLines(handle: FileHandle, offset: number, sink: LineSink): Promise<ReadEnd> {
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let start = offset;
  let kept = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, start + kept);
    const length = kept + bytesRead;
    if (bytesRead === 0) return { offset: start, tail: length, isAtEnd: true };
    const taken = takeLines(buffer.subarray(0, length), start, sink);
    start += taken.bytes;
    if (taken.isStopped) return { offset: start, tail: 0, isAtEnd: false };
    kept = length - taken.bytes;
    buffer.copyWithin(0, taken.bytes, length);
    if (kept < buffer.length) continue;
    if (buffer.length <= MAX_LINE_BYTES) {
      // One byte more than the longest line: its newline.
      buffer = Buffer.concat([buffer], Math.min(buffer.length * 4, MAX_LINE_BYTES + 1));
      continue;
    }
    const end = await findNewline(handle, start + kept);
    if (end.offset === null) return { offset: start, tail: end.size - start, isAtEnd: true };
    const goesOn = sink.corrupt({ offset: start, length: end.offset - start, bytes: Buffer.from(buffer) });
    start = end.offset + 1;
    kept = 0;
    if (!goesOn) return { offset: start, tail: 0, isAtEnd: false };
  }
}

function takeLines(bytes: Buffer, base: number, sink: LineSink): { bytes: number; isStopped: boolean } {
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return { bytes: start, isStopped: false };
    const json = readLine(bytes, start, end);
    const offset = base + start;
    const goesOn =
      json === null
        ? sink.corrupt({ offset, length: end - start, bytes: Buffer.from(bytes.subarray(start, end)) })
        : sink.record(json, offset);
    start = end + 1;
    if (!goesOn) return { bytes: start, isStopped: true };
  }
}

/** Looks for the end of a piece that is too long to be a line, without keeping it. */
async function findNewline(
  handle: FileHandle,
  from: number,
): Promise<{ offset: number; size: number } | { offset: null; size: number }> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let offset = from;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    const found = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    if (found >= 0) return { offset: offset + found, size: offset + bytesRead };
    offset += bytesRead;
    if (bytesRead === 0) return { offset: null, size: offset };
  }
}
