import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GroupCommit } from './group-commit.ts';
import type { LogWriter } from './log-writer.ts';
import { LossReport, type OnLoss } from './loss-report.ts';
import { openSegments } from './segment-appender.ts';
import { type OpenSegment, segmentOpener } from './segment-file.ts';
import { syncDirectory, writerOf } from './segments.ts';
import { lockWriter } from './writer-lock.ts';

/** Settings of one writer. Only `directory` must be given: `<DATA_DIR>/log/<writer>`. */
interface LogWriterOptions {
  readonly directory: string;
  /** `now()` in milliseconds since 1970. */
  readonly clock?: { now(): number };
  /** A segment of this size is closed and the next one begun (64 MiB). */
  readonly maxSegmentBytes?: number;
  /** A segment of this age is closed, so that even a quiet log's old records can be removed (one hour). */
  readonly maxSegmentAgeMs?: number;
  /** Most records, and most characters, kept in memory while the disk takes nothing (100,000 and 64 Mi). */
  readonly maxWaiting?: { readonly records: number; readonly chars: number };
  /** Told of lost records, at most once a second; must not throw. */
  readonly onLoss?: OnLoss;
  /** How segments are opened: the real disk unless a test brings a failing one. */
  readonly openSegment?: OpenSegment;
}

const HOUR_MS = 3_600_000;
const MAX_WAITING = { records: 100_000, chars: 64 * 1024 * 1024 };
const MAX_SEGMENT_BYTES = 64 * 1024 * 1024;

/**
 * Opens a writer on a new segment: appending after a torn tail would lose the next good record.
 * Throws if another writer holds the directory, or if the directory cannot be written.
 */
export async function openLogWriter(options: LogWriterOptions): Promise<LogWriter> {
  const { directory, clock = Date } = options;
  writerOf(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await syncDirectory(dirname(directory));
  const lock = await lockWriter(directory);
  try {
    const segments = await openSegments({
      directory,
      openSegment: options.openSegment ?? segmentOpener(),
      maxBytes: options.maxSegmentBytes ?? MAX_SEGMENT_BYTES,
      clock,
    });
    const commit = new GroupCommit({
      segments,
      lock,
      loss: new LossReport(clock, options.onLoss),
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
    });
    commit.rotateEvery(options.maxSegmentAgeMs ?? HOUR_MS);
    return commit;
  } catch (error) {
    await lock.release();
    throw error;
  }
}
