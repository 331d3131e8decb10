import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const POSTGRES_HOMES = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];
const OLDEST_POSTGRES = 15;

/** The folder of the newest PostgreSQL's initdb and postgres, 15 or newer; Debian keeps them off the PATH. */
export function findPostgresBinDir(): string | undefined {
  const homes = POSTGRES_HOMES.filter((home) => existsSync(home)).flatMap((home) =>
    readdirSync(home).map((entry) => ({ version: readVersion(entry), dir: join(home, entry, 'bin') })),
  );
  const usable = homes.filter(
    ({ version, dir }) => version >= OLDEST_POSTGRES && isExecutable(join(dir, 'initdb')),
  );
  return usable.sort((a, b) => b.version - a.version)[0]?.dir;
}

/** The path of redis-server (or its fork valkey-server). */
export function findRedisServer(): string | undefined {
  return findOnPath(['redis-server', 'valkey-server']);
}

/** The path of memcached. */
export function findMemcached(): string | undefined {
  return findOnPath(['memcached']);
}

/** The path of nats-server. */
export function findNatsServer(): string | undefined {
  return findOnPath(['nats-server']);
}

/** The path of Chromium or Chrome; `TEST_CHROMIUM` overrides it. */
export function findChromium(): string | undefined {
  const chosen = process.env.TEST_CHROMIUM;
  if (chosen !== undefined && chosen !== '') return chosen;
  return (
    findOnPath(['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser']) ??
    ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'].find(isExecutable)
  );
}

/** The library that gives a process a clock of its own (Debian's libfaketime). */
export function findFaketime(): string | undefined {
  const folders = [
    '/usr/lib',
    '/usr/local/lib',
    ...listFolders('/usr/lib').map((name) => `/usr/lib/${name}`),
  ];
  return folders
    .map((folder) => join(folder, 'faketime', 'libfaketime.so.1'))
    .find((path) => existsSync(path));
}

const listFolders = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);

/** The path of setpriv (Linux), which runs a server as another user and ends it with its parent. */
export function findSetpriv(): string | undefined {
  return findOnPath(['setpriv']);
}

function findOnPath(names: readonly string[]): string | undefined {
  // Debian keeps some servers in sbin, which an ordinary user's PATH lacks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function readVersion(entry: string): number {
  return Number(/^(?:postgresql@)?(\d+)$/.exec(entry)?.[1] ?? 0);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
