import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locateEmbedded, makeDirectories } from './location.ts';

describe('the place of the embedded database', () => {
  it('has its socket beside the data', () => {
    expect(locateEmbedded('/srv/rastro').socket).toBe('/srv/rastro/run/.s.PGSQL.5432');
  });

  it('has its socket in a short place when the path is too long for one, the same each time', () => {
    const long = `/srv/${'long/'.repeat(30)}`;
    const { socket } = locateEmbedded(long);
    expect(Buffer.byteLength(socket)).toBeLessThan(104);
    expect(locateEmbedded(long).socket).toBe(socket);
    expect(locateEmbedded(`${long}b`).socket).not.toBe(socket);
  });

  it('opens its directory to nobody else, and takes no link for one', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'rastro-location-'));
    const location = locateEmbedded(dataDir);
    makeDirectories(dataDir, location);
    chmodSync(location.socketDirectory, 0o777);
    makeDirectories(dataDir, location);
    expect(statSync(location.socketDirectory).mode & 0o777).toBe(0o700);
    rmSync(location.socketDirectory, { recursive: true });
    symlinkSync(tmpdir(), location.socketDirectory);
    expect(() => makeDirectories(dataDir, location)).toThrow('must be a directory of this user');
    rmSync(dataDir, { recursive: true });
  });
});
