import { type LogRecord, readSegment } from './read-log.ts';
import { type LogCheckpoint, listSegments, segmentPath, segmentStat, writerOf } from './segments.ts';

/** What to look for in one writer's log behind a checkpoint. */
interface ScanLogOptions {
  readonly directory: string;
  /** Nothing before this place is looked at; null: from the beginning. */
  readonly from: LogCheckpoint | null;
  /** Called for each record, in the order of the log within a segment. */
  readonly match: (json: string) => boolean;
  /** Most bytes to read, the newest ones (64 MiB). */
  readonly maxBytes?: number;
}

/** The newest match, and whether everything behind `from` and newer than it was looked at. */
export interface ScanResult {
  readonly found: LogRecord | null;
  readonly isComplete: boolean;
}

const MAX_SCAN_BYTES = 64 * 1024 * 1024;

/** Finds the newest matching record, newest segment first. Costs a read of the tail: for what the drain has not folded. */
export async function scanLog(options: ScanLogOptions): Promise<ScanResult> {
  const { directory, from, match } = options;
  const writer = writerOf(directory);
  let budget = options.maxBytes ?? MAX_SCAN_BYTES;
  for (const segment of (await listSegments(directory)).reverse()) {
    if (from && segment < from.segment) break;
    const begin = from?.segment === segment ? from.offset : 0;
    const size = (await segmentStat(segmentPath(directory, segment)))?.size ?? 0;
    // A start in the middle of a line costs that line only: what is left of it has no valid CRC.
    const offset = Math.max(begin, size - budget);
    const found = await newestMatch({ directory, segment, offset, match });
    if (found)
      return {
        found: { json: found.json, position: { writer, segment, offset: found.offset } },
        isComplete: true,
      };
    if (offset > begin) return { found: null, isComplete: false };
    budget -= Math.max(0, size - begin);
  }
  return { found: null, isComplete: true };
}

async function newestMatch(options: {
  directory: string;
  segment: number;
  offset: number;
  match: (json: string) => boolean;
}): Promise<{ json: string; offset: number } | null> {
  let newest: { json: string; offset: number } | null = null;
  const sink = {
    record: (json: string, offset: number) => {
      if (options.match(json)) newest = { json, offset };
      return true;
    },
    corrupt: () => true,
  };
  await readSegment({ ...options, sink });
  return newest;
}
