import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { findMemcached, findRedisServer } from './installed-programs.ts';
import { type ServerProcess, startServerProcess, type UnixUser } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** A private Redis or Memcached. */
export interface CacheServer {
  readonly url: string;
  /** Ends it; what it held is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Sends it a signal: SIGSTOP makes it slow without end, SIGCONT ends that. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  /** Stops it for good. */
  remove(): Promise<void>;
}

// nobody: both servers are content as root, but a server that needs no right should have none.
const NOBODY: UnixUser = { uid: 65534, gid: 65534 };

/** Starts a private Redis that keeps nothing on disk, on a free port. */
export async function startRedisServer(): Promise<CacheServer> {
  const command = findRedisServer();
  if (command === undefined) throw new Error('redis-server is not installed (npm test installs it)');
  const port = await findFreePort();
  const home = mkdtempSync(join(tmpdir(), 'rastro-redis-'));
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    home,
  ];
  const server = await startCacheServer({ url: `redis://127.0.0.1:${port}`, port, command, args });
  const remove = async (): Promise<void> => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  };
  return { ...server, remove };
}

/** Starts a private Memcached on a free port; its address is `127.0.0.1:<port>`. */
export async function startMemcachedServer(): Promise<CacheServer> {
  const command = findMemcached();
  if (command === undefined) throw new Error('memcached is not installed (npm test installs it)');
  const port = await findFreePort();
  const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '64'];
  const user = process.getuid?.() === 0 ? NOBODY : undefined;
  const server = await startCacheServer({ url: `127.0.0.1:${port}`, port, command, args, user });
  return { ...server, remove: () => server.stop() };
}

async function startCacheServer(options: {
  readonly url: string;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: UnixUser | undefined;
}): Promise<Omit<CacheServer, 'remove'>> {
  let server: ServerProcess | undefined;
  const start = async (): Promise<void> => {
    server = startServerProcess(options);
    await waitFor(`${options.command} on port ${options.port}`, () => canConnect(options.port));
  };
  await start();
  const signal = (name: NodeJS.Signals): void => {
    if (server?.pid !== undefined) process.kill(server.pid, name);
  };
  return { url: options.url, start, signal, stop: async (name) => server?.stop(name) };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
