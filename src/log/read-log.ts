import { open } from 'node:fs/promises';
import { type CorruptPiece, type LineSink, type ReadEnd, readLines } from './line-reader.ts';
import {
  isMissing,
  type LogCheckpoint,
  type LogPosition,
  listSegments,
  segmentPath,
  writerOf,
} from './segments.ts';

/** One record as it was appended. */
export interface LogRecord {
  readonly json: string;
  readonly position: LogPosition;
}

/** What to read of one writer's directory: from a checkpoint, or all (null). */
interface ReadLogOptions {
  readonly directory: string;
  readonly from: LogCheckpoint | null;
  /** Records and corrupt pieces together (1,000). */
  readonly maxRecords?: number;
  /** Bytes of JSON, as characters; one record is read even if it is longer (8 MiB). */
  readonly maxBytes?: number;
}

/** A stretch of one writer's log, and where the next one begins. */
export interface LogBatch {
  readonly records: readonly LogRecord[];
  /** The checkpoint to save with what was made of the records. */
  readonly next: LogCheckpoint;
  /** Pieces in the middle that are no records; give them to `setAsideCorrupt`. */
  readonly corrupt: readonly CorruptPiece[];
  /** Unfinished last lines of closed segments: a writer was stopped before it could acknowledge them. */
  readonly torn: number;
  /** True if nothing whole is behind `next` now. */
  readonly atEnd: boolean;
}

/** Reads the next records of one writer. Whole lines only; damage is set aside and never stops the reading. */
export async function readLog(options: ReadLogOptions): Promise<LogBatch> {
  const { directory, from } = options;
  const collected = new Collected(options);
  // Listed before anything is read: a segment with a higher one beside it gets no more lines.
  const segments = (await listSegments(directory)).filter((segment) => segment >= (from?.segment ?? 0));
  let next: LogCheckpoint = from ?? { segment: 0, offset: 0 };
  let torn = 0;
  for (const segment of segments) {
    if (collected.isFull) return { ...collected.found, next, torn, atEnd: false };
    const offset = next.segment === segment ? next.offset : 0;
    const end = await readSegment({ directory, segment, offset, sink: collected.sinkFor(segment) });
    next = { segment, offset: end.offset };
    if (!end.isAtEnd) return { ...collected.found, next, torn, atEnd: false };
    if (segment === segments.at(-1)) break;
    if (end.tail > 0) torn += 1;
    next = { segment, offset: end.offset + end.tail };
  }
  return { ...collected.found, next, torn, atEnd: true };
}

/** Reads one segment; one that was removed in the meantime is an empty one. */
export async function readSegment(options: {
  directory: string;
  segment: number;
  offset: number;
  sink: LineSink;
}): Promise<ReadEnd> {
  const { directory, segment, offset, sink } = options;
  try {
    const handle = await open(segmentPath(directory, segment), 'r');
    try {
      return await readLines(handle, offset, sink);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return { offset, tail: 0, isAtEnd: true };
    throw error;
  }
}

class Collected {
  readonly found: { records: LogRecord[]; corrupt: CorruptPiece[] } = { records: [], corrupt: [] };
  readonly #writer: string;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor({ directory, maxRecords = 1000, maxBytes = 8 * 1024 * 1024 }: ReadLogOptions) {
    this.#writer = writerOf(directory);
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    const { records, corrupt } = this.found;
    return records.length + corrupt.length >= this.#maxRecords || this.#bytes >= this.#maxBytes;
  }

  sinkFor(segment: number): LineSink {
    return {
      record: (json, offset) => {
        this.#bytes += json.length;
        this.found.records.push({ json, position: { writer: this.#writer, segment, offset } });
        return !this.isFull;
      },
      corrupt: (piece) => {
        this.#bytes += piece.bytes.length;
        this.found.corrupt.push({ segment, ...piece });
        return !this.isFull;
      },
    };
  }
}
