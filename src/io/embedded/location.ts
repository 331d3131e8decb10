import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where one embedded database keeps its files and where it is reached. Every path is absolute. */
export type EmbeddedLocation = {
  /** PostgreSQL's data directory. */
  cluster: string;
  /** The directory that `pg` takes as its host. */
  socketDirectory: string;
  socket: string;
  /** Locked by the owner for as long as it lives. */
  lock: string;
  /** The owner's process id, in text: only for messages. */
  ownerNote: string;
};

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
const longestSocketPath = process.platform === 'linux' ? 107 : 103;

/** Works out the paths of a data directory. It touches no file. */
export function locateEmbedded(dataDir: string): EmbeddedLocation {
  const root = resolve(dataDir);
  const near = join(root, 'run');
  const fits = Buffer.byteLength(join(near, '.s.PGSQL.5432')) <= longestSocketPath;
  const socketDirectory = fits ? near : join(tmpdir(), `rastro-${shortHash(root)}`);
  return {
    cluster: join(root, 'database'),
    socketDirectory,
    socket: join(socketDirectory, '.s.PGSQL.5432'),
    lock: join(root, 'database.lock'),
    ownerNote: join(root, 'database.pid'),
  };
}

/**
 * Makes the data directory and the socket's directory, both for this user alone.
 * @throws when the socket's directory belongs to somebody else: under a common temporary directory another
 * user could have made it first, to read what we send.
 */
export function makeDirectories(dataDir: string, location: EmbeddedLocation): void {
  mkdirSync(resolve(dataDir), { recursive: true, mode: 0o700 });
  mkdirSync(location.socketDirectory, { recursive: true, mode: 0o700 });
  const found = lstatSync(location.socketDirectory);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(
      `${location.socketDirectory} must be a directory of this user: remove it and start again`,
    );
  }
  chmodSync(location.socketDirectory, 0o700);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
