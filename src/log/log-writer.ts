import type { LogPosition } from './segments.ts';

/**
 * What became of one appended record: on the disk; in memory until the disk takes it; or gone, because it came
 * after `close`, is over 2 MiB, or finds the memory for waiting records full. All three are counted.
 */
export type Appended =
  | { readonly kind: 'durable'; readonly position: LogPosition }
  | { readonly kind: 'deferred'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** Counters since the writer was opened. `appended` = `durable` + `lost` + those that still wait. */
export interface LogWriterState {
  readonly writer: string;
  readonly appended: number;
  readonly durable: number;
  /** Answered `deferred` and waiting in memory for the disk. */
  readonly deferred: number;
  readonly lost: number;
  /** True while the disk refuses: new records are deferred. */
  readonly failing: boolean;
  /** The system's code of the last failure (`ENOSPC`), or `STALLED` for a write that took over 2 s, kept after the disk has recovered; null if there was none. */
  readonly lastError: string | null;
  readonly segment: number;
  /** End of the last good line in the live segment. */
  readonly offset: number;
  /** Bytes made durable. */
  readonly bytes: number;
}

/** Appends records durably; one process and one writer a directory. */
export interface LogWriter {
  /** Takes one JSON text without raw newlines (as JSON.stringify makes it). Never rejects. */
  append(json: string): Promise<Appended>;
  state(): LogWriterState;
  /** Goes on in a new segment, so that this one can be removed once it is folded. Resolves when that is done or has failed. */
  rotate(): Promise<void>;
  /** Writes what waits; what the disk refuses even now is counted lost. */
  close(): Promise<void>;
}
