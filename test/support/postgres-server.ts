import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findFreePort } from './free-port.ts';
import { findPostgresBinDir } from './installed-programs.ts';
import { type ServerProcess, startServerProcess, type UnixUser } from './server-process.ts';
import { waitFor } from './wait-for.ts';

// fsync off: the tests kill processes, never the machine, and what a commit has written survives that in the page cache.
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '300',
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  max_wal_size: '2GB',
  timezone: 'America/Sao_Paulo',
};

/** A private PostgreSQL server in a folder of its own. */
export interface PostgresServer {
  /** Connects to its database `postgres` as a superuser. */
  readonly url: string;
  /** Its first process; the others are its children. */
  pid(): number | undefined;
  /** Ends it at once, as a crash does (SIGQUIT), or in order (SIGINT, the default); the data stay. */
  stop(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** Sends a signal to every process of it: SIGKILL is the machine's end, SIGSTOP makes it slow without end until SIGCONT. Linux only. */
  signalAll(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/**
 * Makes and starts a private PostgreSQL on a free port, with other settings if given; as root it runs as an unprivileged
 * user, because initdb refuses root.
 */
export async function startPostgresServer(
  given: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const binDir = findPostgresBinDir();
  if (binDir === undefined) throw new Error('PostgreSQL 15 or newer is not installed (npm test installs it)');
  const user = findServerUser();
  const home = mkdtempSync(join(tmpdir(), 'rastro-pg-'));
  if (user !== undefined) chownSync(home, user.uid, user.gid);
  const dataDir = join(home, 'data');
  execFileSync(
    join(binDir, 'initdb'),
    ['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      ...user,
    },
  );
  const port = await findFreePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = Object.entries({ ...SETTINGS, ...given }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const args = ['-D', dataDir, '-p', String(port), '-k', home, ...settings];
  let server: ServerProcess | undefined;
  const start = async (): Promise<void> => {
    server = startServerProcess({ command: join(binDir, 'postgres'), args, user, deathSignal: 'INT' });
    await waitUntilReady(url, server);
  };
  const stop = async (signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> => server?.stop(signal);
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of listFamily(server?.pid)) sendSignal(pid, signal);
  };
  const remove = async (): Promise<void> => {
    signalAll('SIGCONT');
    await stop();
    rmSync(home, { recursive: true, force: true });
  };
  await start();
  return { url, pid: () => server?.pid, start, stop, signalAll, remove };
}

/** A process and its children; the parent first, so that it cannot replace a child that ends. */
function listFamily(parent: number | undefined): number[] {
  if (parent === undefined) return [];
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && readParent(name) === parent);
  return [parent, ...children.map(Number)];
}

function readParent(pid: string): number {
  try {
    // The command's name, in brackets, may hold anything; state and parent come behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

async function waitUntilReady(url: string, server: ServerProcess): Promise<void> {
  const look = async (): Promise<boolean> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
    try {
      await client.connect();
      return true;
    } finally {
      await client.end();
    }
  };
  try {
    await waitFor('the private PostgreSQL', look, { timeoutMs: 30_000, everyMs: 100 });
  } catch (error) {
    await server.stop();
    throw new Error(`the private PostgreSQL did not start:\n${server.output()}`, { cause: error });
  }
}

function findServerUser(): UnixUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const read = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: read('-u'), gid: read('-g') };
    } catch {
      // This machine has no such user: the next name.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as');
}
