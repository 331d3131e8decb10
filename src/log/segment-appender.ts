import type { OpenSegment, SegmentFile } from './segment-file.ts';
import { type LogPosition, listSegments, segmentPath, writerOf } from './segments.ts';
import type { Batch } from './waiting-records.ts';

interface Options {
  readonly directory: string;
  readonly openSegment: OpenSegment;
  readonly maxBytes: number;
  readonly clock: { now(): number };
}

/** Opens a new segment behind all that are there. Rejects with the system's error. */
export async function openSegments(options: Options): Promise<SegmentAppender> {
  const last = (await listSegments(options.directory)).at(-1) ?? 0;
  const appender = new SegmentAppender(options, last);
  await appender.rotate();
  return appender;
}

/** The live segment and what is good in it. One call at a time. */
export class SegmentAppender {
  readonly writer: string;
  readonly #options: Options;
  #file: SegmentFile | null = null;
  /** Highest number that may exist as a file: a failed open can leave one behind. */
  #highest: number;
  segment: number;
  offset = 0;
  bytes = 0;

  constructor(options: Options, lastSegment: number) {
    this.#options = options;
    this.writer = writerOf(options.directory);
    this.segment = lastSegment;
    this.#highest = lastSegment;
  }

  /** Makes a batch durable and returns where it begins. After a rejection call `repair` before the next append. */
  async append({ bytes, length }: Batch): Promise<LogPosition> {
    if (this.#file === null || this.offset >= this.#options.maxBytes) await this.rotate();
    const { writer, segment, offset } = this;
    await this.#file?.write(bytes, length, offset);
    this.offset += length;
    this.bytes += length;
    return { writer, segment, offset };
  }

  /** Goes on in a new segment, unless the live one is still empty. */
  async rotate(): Promise<void> {
    if (this.#file !== null && this.offset === 0) return;
    const next = this.#nextSegment();
    this.#highest = next;
    const file = await this.#options.openSegment(segmentPath(this.#options.directory, next));
    await this.#abandon();
    this.#file = file;
    this.segment = next;
    this.offset = 0;
  }

  /** Cuts off what a failed append may have left; where even that fails, the next append begins a new segment. */
  async repair(): Promise<void> {
    try {
      await this.#file?.truncate(this.offset);
    } catch {
      await this.#abandon();
    }
  }

  async close(): Promise<void> {
    await this.repair();
    await this.#abandon();
  }

  /**
   * Seconds since 1970, or one more than the last: a checkpoint kept in a database that outlives this directory
   * must never be ahead of a log that starts again from nothing.
   */
  #nextSegment(): number {
    return Math.max(this.#highest + 1, Math.floor(this.#options.clock.now() / 1000));
  }

  async #abandon(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    // All that was acknowledged is synced: an error here says nothing new.
    await file?.close().catch(() => undefined);
  }
}
