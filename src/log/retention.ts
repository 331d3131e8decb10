import { unlink } from 'node:fs/promises';
import { isMissing, type LogCheckpoint, listSegments, segmentPath, segmentStat } from './segments.ts';

/** Which segments may go. */
interface RemoveFoldedOptions {
  readonly directory: string;
  /** The checkpoint of the slowest reader: its segment and all behind it stay. */
  readonly before: Pick<LogCheckpoint, 'segment'>;
  /** A segment stays this long after its last write, in ms (one day). */
  readonly olderThanMs?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const DAY_MS = 86_400_000;

/** Removes segments wholly before the checkpoint and old enough, never the newest; returns their numbers. */
export async function removeFolded(options: RemoveFoldedOptions): Promise<number[]> {
  const { directory, before, olderThanMs = DAY_MS, now } = options;
  const closed = (await listSegments(directory)).slice(0, -1);
  const removed: number[] = [];
  for (const segment of closed) {
    if (segment >= before.segment) break;
    const path = segmentPath(directory, segment);
    const found = await segmentStat(path);
    if (found === null || now - found.mtimeMs <= olderThanMs) continue;
    await unlink(path).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    removed.push(segment);
  }
  return removed;
}
