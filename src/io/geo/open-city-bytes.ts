import { randomUUID } from 'node:crypto';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockFile } from './file-bytes.ts';

/** 1 MB a file: the upper part of the tree and what was asked last. Four times as much saves 1 µs of 14 a new address. */
const SLOTS = 256;

/**
 * Opens a file for look-ups. With `copyIn`, a folder, it works on a copy there that no name leads to: an operator may
 * overwrite his file in place (`cp new.mmdb city.mmdb`), and look-ups in a half-written file would name wrong places.
 * Rejects as the file system does.
 */
export async function openCityBytes(path: string, copyIn: string | null): Promise<BlockFile> {
  const fd = copyIn === null ? openSync(path, 'r') : await copyNameless(path, copyIn);
  try {
    return new BlockFile(fd, SLOTS);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function copyNameless(path: string, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, `in-use-${randomUUID()}.mmdb`);
  const target = await open(copy, 'wx', 0o600);
  try {
    // For look-ups a file of its own: this one is closed with its handle.
    const fd = openSync(copy, 'r');
    try {
      await unlink(copy);
      for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) await target.write(chunk);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } finally {
    await target.close();
  }
}
