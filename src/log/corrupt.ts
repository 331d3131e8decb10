import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorruptPiece } from './line-reader.ts';
import { namesIn, segmentStat, syncDirectory } from './segments.ts';

const FOLDER = 'corrupt';
const FILE_NAME = /^(\d{12})-(\d+)-(\d+)\.bin$/;

/** A piece that lies set aside for a person to look at. */
export interface SetAsidePiece {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly path: string;
}

/** Keeps pieces as files in the writer's `corrupt` folder. The same piece twice is the same file. */
export async function setAsideCorrupt(directory: string, pieces: readonly CorruptPiece[]): Promise<void> {
  if (pieces.length === 0) return;
  const folder = join(directory, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const piece of pieces) {
    const segment = String(piece.segment).padStart(12, '0');
    const path = join(folder, `${segment}-${piece.offset}-${piece.length}.bin`);
    if ((await segmentStat(path)) === null) await saveWhole(path, piece.bytes);
  }
  await syncDirectory(folder);
}

/** The pieces set aside by this writer's readers, oldest first. */
export async function listCorrupt(directory: string): Promise<SetAsidePiece[]> {
  const folder = join(directory, FOLDER);
  const pieces = (await namesIn(folder)).flatMap((name) => {
    const [, segment, offset, length] = FILE_NAME.exec(name) ?? [];
    if (segment === undefined) return [];
    const place = { segment: Number(segment), offset: Number(offset), length: Number(length) };
    return [{ ...place, path: join(folder, name) }];
  });
  return pieces.sort((a, b) => a.segment - b.segment || a.offset - b.offset);
}

/** Under another name first, so that a stop halfway leaves no short file that looks whole. */
async function saveWhole(path: string, bytes: Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}
