import { open } from 'node:fs/promises';
import { LINE_PREFIX_BYTES, worstLineBytes, writeLine } from './line.ts';
import { readLines } from './line-reader.ts';
import { isMissing, type LogCheckpoint, listSegments, segmentPath } from './segments.ts';

/** A line of the log as it stands. */
export interface LoggedLine {
  readonly json: string;
  readonly offset: number;
}

/** What to mask of one writer's log. */
interface MaskLinesOptions {
  readonly directory: string;
  /** Only lines before this place: nobody reads those any more, but for a look back. */
  readonly before: LogCheckpoint;
  /** The lines that must go, of those given. */
  readonly choose: (lines: readonly LoggedLine[]) => Promise<readonly LoggedLine[]>;
  /** The JSON that takes a line's place; no longer than any that is chosen. */
  readonly mask: string;
}

/**
 * Overwrites lines in place with a record that says nothing, blanks filling it to the same length: places and CRCs
 * stay right, the writer may go on appending, and no copy of the old bytes stays in another file. How many lines.
 */
export async function maskLines(options: MaskLinesOptions): Promise<number> {
  const segments = await listSegments(options.directory);
  let masked = 0;
  for (const segment of segments.filter((one) => one <= options.before.segment)) {
    const end = segment === options.before.segment ? options.before.offset : Number.POSITIVE_INFINITY;
    masked += await maskSegment(options, { segment, end, isLive: segment === segments.at(-1) });
  }
  return masked;
}

async function maskSegment(
  { directory, choose, mask }: MaskLinesOptions,
  { segment, end, isLive }: { readonly segment: number; readonly end: number; readonly isLive: boolean },
): Promise<number> {
  const handle = await open(segmentPath(directory, segment), 'r+').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (handle === null) return 0;
  try {
    const { atime, mtime } = await handle.stat();
    const lines: LoggedLine[] = [];
    await readLines(handle, 0, {
      record: (json, offset) => {
        if (offset < end) lines.push({ json, offset });
        return offset < end;
      },
      corrupt: ({ offset }) => offset < end,
    });
    const chosen = await choose(lines);
    for (const line of chosen) {
      const bytes = buildMask(line.json, mask);
      await handle.write(bytes, 0, bytes.length, line.offset);
    }
    if (chosen.length === 0) return 0;
    await handle.datasync();
    // How long a segment is kept is counted from its last record, which this is not.
    if (!isLive) await handle.utimes(atime, mtime);
    return chosen.length;
  } finally {
    await handle.close();
  }
}

function buildMask(json: string, mask: string): Buffer {
  const missing = Buffer.byteLength(json) - Buffer.byteLength(mask);
  if (missing < 0) throw new RangeError('A line that is shorter than its mask cannot be masked.');
  const padded = mask + ' '.repeat(missing);
  const buffer = Buffer.alloc(worstLineBytes(padded));
  return buffer.subarray(0, writeLine(buffer, 0, padded)).subarray(0, LINE_PREFIX_BYTES + padded.length);
}
