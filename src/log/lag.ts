import { readLog } from './read-log.ts';
import { type LogCheckpoint, listSegments, segmentPath, segmentStat } from './segments.ts';

/** How far a reader is behind. */
export interface LogLag {
  readonly bytes: number;
  /** JSON of the oldest record not read yet, from whose time the age follows; null if there is none. */
  readonly oldest: string | null;
}

/** How far `checkpoint` (null: nothing read yet) is behind one writer's log. */
export async function logLag(directory: string, checkpoint: LogCheckpoint | null): Promise<LogLag> {
  const from = checkpoint ?? { segment: 0, offset: 0 };
  let bytes = 0;
  for (const segment of await listSegments(directory)) {
    if (segment < from.segment) continue;
    const size = (await segmentStat(segmentPath(directory, segment)))?.size ?? 0;
    bytes += Math.max(0, segment === from.segment ? size - from.offset : size);
  }
  if (bytes === 0) return { bytes, oldest: null };
  const { records } = await readLog({ directory, from, maxRecords: 1 });
  return { bytes, oldest: records[0]?.json ?? null };
}
