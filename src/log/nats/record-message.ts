import { readLine, worstLineBytes, writeLine } from '../line.ts';

/** The first of some records, as one message: the very lines that a segment's file would hold. */
export interface RecordMessage {
  readonly payload: Buffer;
  /** Where each record's line begins in the payload. */
  readonly offsets: readonly number[];
}

const NEWLINE = 10;

/** Puts as many of the records into one message as fit `maxBytes`; one record is put in even if it does not. */
export function buildMessage(jsons: readonly string[], maxBytes: number): RecordMessage {
  const offsets: number[] = [];
  const needed = jsons.reduce((sum, json) => sum + worstLineBytes(json), 0);
  const first = worstLineBytes(jsons[0] ?? '');
  const buffer = Buffer.allocUnsafe(Math.max(first, Math.min(maxBytes, needed)));
  let end = 0;
  for (const json of jsons) {
    if (offsets.length > 0 && end + worstLineBytes(json) > maxBytes) break;
    offsets.push(end);
    end = writeLine(buffer, end, json);
  }
  return { payload: buffer.subarray(0, end), offsets };
}

/** A stretch of a message between two newlines; `json` is null where it is no record. */
export interface MessageLine {
  readonly offset: number;
  readonly length: number;
  readonly json: string | null;
}

/** The lines of a message from `offset` on. */
export function* readMessage(payload: Buffer, offset = 0): Generator<MessageLine> {
  for (let start = offset; start < payload.length; ) {
    const newline = payload.indexOf(NEWLINE, start);
    const end = newline < 0 ? payload.length : newline;
    yield { offset: start, length: end - start, json: newline < 0 ? null : readLine(payload, start, end) };
    start = end + 1;
  }
}
