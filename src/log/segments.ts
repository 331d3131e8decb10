import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Where a record's line begins: `offset` is in bytes from the start of the segment's file. */
export interface LogPosition {
  readonly writer: string;
  readonly segment: number;
  readonly offset: number;
}

/** A place to read on from in one writer's directory. */
export type LogCheckpoint = Pick<LogPosition, 'segment' | 'offset'>;

const SEGMENT_NAME = /^(\d{12})\.log$/;
const WRITER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/** The writer's name: the last part of its directory. Throws on a name that could leave the log's directory. */
export function writerOf(directory: string): string {
  const name = basename(directory);
  if (!WRITER_NAME.test(name)) throw new Error(`Not a log writer's name: "${name}"`);
  return name;
}

/** Full path of a segment's file. */
export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(12, '0')}.log`);
}

/** Segment numbers of one writer's directory, ascending; empty if the directory is not there yet. */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await namesIn(directory);
  return names
    .flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Size in bytes and last write (ms since 1970) of a segment, or null if it has been removed. */
export async function segmentStat(path: string): Promise<{ size: number; mtimeMs: number } | null> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { size, mtimeMs };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Names of the writers under `<DATA_DIR>/log`, sorted; empty if nothing has been logged yet. */
export async function logWriters(logDirectory: string): Promise<string[]> {
  const names = (await namesIn(logDirectory)).filter((name) => WRITER_NAME.test(name));
  const kept = await Promise.all(
    names.map(async (name) => (await stat(join(logDirectory, name))).isDirectory()),
  );
  return names.filter((_, index) => kept[index]).sort();
}

/** Names in a directory; empty if it does not exist. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** True for the error of a path that does not exist. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** The system's code of an error (`ENOSPC`), never its message: messages hold paths. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'UNKNOWN';
}

/** Makes names created in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
