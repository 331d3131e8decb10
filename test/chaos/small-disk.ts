import { execFileSync } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Puts a disk of its own, of so many bytes, at a directory that is there; false where mounting is not allowed. */
export function mountSmallDisk(path: string, bytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Takes a small disk away again. */
export function unmountDisk(path: string): void {
  execFileSync('umount', ['-l', path]);
}

const CHUNK = Buffer.alloc(64 * 1024);

/** Fills a disk to its last byte; returns what makes room again. */
export async function fillDisk(path: string): Promise<() => Promise<void>> {
  const file = join(path, 'ballast');
  const ballast = await open(file, 'w');
  try {
    for (;;) await ballast.appendFile(CHUNK);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    await ballast.close();
  }
  return () => rm(file);
}
