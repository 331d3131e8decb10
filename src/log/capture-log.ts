import type { SetAsidePiece } from './corrupt.ts';
import type { LogLag } from './lag.ts';
import type { CorruptPiece } from './line-reader.ts';
import type { LoggedLine } from './mask-lines.ts';
import type { LogBatch } from './read-log.ts';
import type { ScanResult } from './scan-log.ts';
import type { LogCheckpoint } from './segments.ts';

/** Names a stretch of log that has a checkpoint of its own: one writer's files on one machine, or a whole stream. */
export interface LogKey {
  readonly instanceId: string;
  readonly writer: string;
}

/** What to look for behind a checkpoint. */
export interface ScanQuestion {
  /** Nothing before this place is looked at; null: from the beginning. */
  readonly from: LogCheckpoint | null;
  /** Called for each record, in the order of the log. */
  readonly match: (json: string) => boolean;
}

/** What to mask of a part. */
export interface MaskQuestion {
  /** Only records before this place: nobody reads those any more, but for a look back. */
  readonly before: LogCheckpoint;
  /** The records that must go, of those given. */
  readonly choose: (lines: readonly LoggedLine[]) => Promise<readonly LoggedLine[]>;
  /** The JSON that takes a record's place where it stays; no longer than any that is chosen. */
  readonly mask: string;
  /** Records that are counted each time they are read: a log that writes the rest of a message anew leaves them out. */
  readonly isCounted: (json: string) => boolean;
}

/** Which folded records may go. */
export interface RemoveQuestion {
  /** How far the slowest reader is: nothing behind it goes. */
  readonly before: LogCheckpoint;
  /** A record stays at least this long, ms. */
  readonly olderThanMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One part of the capture log, as its readers see it. A part of the network's throws `LogAwayError` where it cannot be asked. */
export interface LogPart {
  readonly key: LogKey;
  /** Whether other machines read it too: then one of them folds, the others stand by. */
  readonly isShared: boolean;
  /** The next records. */
  read(from: LogCheckpoint): Promise<LogBatch>;
  /** How far `checkpoint` is behind. */
  lag(checkpoint: LogCheckpoint): Promise<LogLag>;
  /** The newest match behind a checkpoint. */
  scan(question: ScanQuestion): Promise<ScanResult>;
  /** Shows every record that is still there. */
  readAll(onRecord: (json: string) => void): Promise<void>;
  /** Makes records say nothing, for good; how many. */
  mask(question: MaskQuestion): Promise<number>;
  /** Removes what is folded and old enough. */
  removeFolded(question: RemoveQuestion): Promise<void>;
  /** Whether the log ends before a place that was read already: it was emptied and began again. */
  endsBefore(place: LogCheckpoint): Promise<boolean>;
  /** Keeps damaged pieces on this machine for a person to look at. */
  setAside(pieces: readonly CorruptPiece[]): Promise<void>;
  /** What was set aside on this machine. */
  listSetAside(): Promise<SetAsidePiece[]>;
}

/** The capture log as its readers see it: files of this machine, and a stream where one is configured. */
export interface CaptureLog {
  /** The parts that can be read now. */
  parts(): Promise<readonly LogPart[]>;
  /** Why a part that belongs to the log cannot be read now; null if nothing is missing. */
  missing(): string | null;
  close(): Promise<void>;
}

/** A part of the log could not be asked; what it holds is not gone. */
export class LogAwayError extends Error {}
