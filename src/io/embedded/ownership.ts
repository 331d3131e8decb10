import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { EmbeddedLocation } from './location.ts';

/** Either this process owns the data directory now, or another one does. */
export type Claim = { kind: 'owned'; release: () => void } | { kind: 'taken'; owner: string };

const sqliteBusy = 5;

/**
 * Takes the data directory for this process. Two engines on one directory lose rows silently, so this must be
 * a lock of the kernel's: it is free again the moment its owner dies, by SIGKILL too, and leaves nothing to
 * clean up or to race for. Node offers no flock, but SQLite takes an fcntl lock on its file. (Such a lock is
 * lost when its process opens and closes the file in any other way: leave it out of copies.)
 */
export function claimOwnership(location: EmbeddedLocation): Claim {
  const lock = new DatabaseSync(location.lock);
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive');
  } catch (error) {
    lock.close();
    if (isBusy(error)) return { kind: 'taken', owner: readOwner(location) };
    throw error;
  }
  rmSync(location.socket, { force: true });
  writeFileSync(location.ownerNote, String(process.pid), { mode: 0o600 });
  return { kind: 'owned', release: () => lock.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function readOwner(location: EmbeddedLocation): string {
  try {
    return readFileSync(location.ownerNote, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
