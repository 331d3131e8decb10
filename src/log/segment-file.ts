import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './segments.ts';

/** One open segment. Every method rejects with the system's error (`ENOSPC`, `EIO`, ...). */
export interface SegmentFile {
  /** Resolves when the first `length` bytes are on the disk at `offset`. */
  write(bytes: Buffer, length: number, offset: number): Promise<void>;
  /** Resolves when the file is durably cut to `length` bytes. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates a segment that must not exist yet; its name is durable when this resolves. */
export type OpenSegment = (path: string) => Promise<SegmentFile>;

/** How a write reaches the disk: with it (`dsync`), or by a second call after it (`fdatasync`). */
export type SyncMode = 'dsync' | 'fdatasync';

/** One call instead of two, measured in docs/capture-log.md; macOS only flushes the drive's cache by fdatasync. */
const FASTEST: SyncMode = process.platform === 'linux' ? 'dsync' : 'fdatasync';

/** Opens segments on the real disk. */
export function segmentOpener(mode: SyncMode = FASTEST): OpenSegment {
  const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC } = fs.constants;
  const flags = O_WRONLY | O_CREAT | O_EXCL | (mode === 'dsync' ? O_DSYNC : 0);
  return async (path) => {
    const handle = await open(path, flags, 0o600);
    try {
      await syncDirectory(dirname(path));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return {
      write: (bytes, length, offset) => writeWhole({ fd: handle.fd, bytes, length, offset, mode }),
      truncate: async (length) => {
        await handle.truncate(length);
        await handle.datasync();
      },
      close: () => handle.close(),
    };
  };
}

interface Write {
  fd: number;
  bytes: Buffer;
  length: number;
  offset: number;
  mode: SyncMode;
}

/** The callback API, because the promise API costs a third more on a write of one record. */
function writeWhole({ fd, bytes, length, offset, mode }: Write): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null) => (error ? reject(error) : resolve());
    const writeFrom = (done: number) => {
      fs.write(fd, bytes, done, length - done, offset + done, (error, written) => {
        if (error) reject(error);
        // A full disk first answers with a short write; only the next one says ENOSPC.
        else if (done + written < length) writeFrom(done + written);
        else if (mode === 'fdatasync') fs.fdatasync(fd, settle);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
