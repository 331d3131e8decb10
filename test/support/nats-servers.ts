import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { findNatsServer } from './installed-programs.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

/** One server of a private NATS. */
export interface NatsNode {
  readonly name: string;
  readonly url: string;
  /** Ends it; what it has on its disk stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it without ending it; resolves when no thread of it runs any more. */
  freeze(): Promise<void>;
  /** Ends a freeze; harmless where there is none. */
  thaw(): void;
  /** Starts it again on the same port, with the same disk; resolves when it takes connections. */
  start(): Promise<void>;
}

/** A private NATS with JetStream on loopback. */
export interface NatsCluster {
  /** Addresses of all nodes, as `CAPTURE_LOG_URL` takes them. */
  readonly url: string;
  readonly nodes: readonly NatsNode[];
  /** Where each node keeps what it stores. */
  readonly directories: readonly string[];
  /** Resolves when JetStream answers: a cluster has to choose a leader first. */
  ready(): Promise<void>;
  /** Stops all of it and removes what it held. */
  remove(): Promise<void>;
}

interface Place {
  readonly name: string;
  readonly port: number;
  readonly clusterPort: number;
  readonly monitorPort: number;
  readonly directory: string;
}

/** Starts as many servers as are wanted; one alone is no cluster and keeps one copy of each record. */
export async function startNatsCluster(count = 3): Promise<NatsCluster> {
  const command = findNatsServer();
  if (command === undefined) throw new Error('nats-server is not installed (npm test installs it)');
  const home = mkdtempSync(join(tmpdir(), 'rastro-nats-'));
  const places = await choosePlaces(home, count);
  const nodes = await Promise.all(places.map((place) => startNode(command, place, places)));
  const ready = async () => {
    await waitFor('JetStream to have a leader', () => hasLeader(places), { timeoutMs: 60_000, everyMs: 100 });
  };
  await ready();
  return {
    url: `nats://${places.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    directories: places.map(({ directory }) => directory),
    ready,
    remove: async () => {
      for (const node of nodes) node.thaw();
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function choosePlaces(home: string, count: number): Promise<readonly Place[]> {
  const ports = new Set<number>();
  while (ports.size < count * 3) ports.add(await findFreePort());
  const chosen = [...ports];
  return Array.from({ length: count }, (_, index) => {
    const [port = 0, clusterPort = 0, monitorPort = 0] = chosen.slice(index * 3, index * 3 + 3);
    const directory = join(home, `n${index}`);
    mkdirSync(directory);
    return { name: `n${index}`, port, clusterPort, monitorPort, directory };
  });
}

async function startNode(command: string, place: Place, all: readonly Place[]): Promise<NatsNode> {
  let server: ServerProcess | undefined;
  const start = async (): Promise<void> => {
    server = startServerProcess({ command, args: buildArgs(place, all) });
    await waitFor(`nats-server on port ${place.port}`, () => isHealthy(place, 'js-server-only=true'));
  };
  await start();
  return {
    name: place.name,
    url: `nats://127.0.0.1:${place.port}`,
    start,
    freeze: () => freeze(server),
    thaw: () => {
      if (server?.pid !== undefined && server.isRunning()) process.kill(server.pid, 'SIGCONT');
    },
    stop: async (name) => server?.stop(name),
  };
}

async function freeze(server: ServerProcess | undefined): Promise<void> {
  const pid = server?.pid;
  if (pid === undefined) return;
  process.kill(pid, 'SIGSTOP');
  await waitFor('every thread to stop', () =>
    readdirSync(`/proc/${pid}/task`).every((thread) =>
      /\) T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
    ),
  );
}

function buildArgs(place: Place, all: readonly Place[]): string[] {
  const own = ['--addr', '127.0.0.1', '--port', String(place.port), '--http_port', String(place.monitorPort)];
  const storing = ['--jetstream', '--store_dir', place.directory, '--name', place.name];
  if (all.length === 1) return [...own, ...storing];
  const routes = all.map(({ clusterPort }) => `nats://127.0.0.1:${clusterPort}`).join(',');
  const cluster = ['--cluster_name', 'rastro', '--cluster', `nats://127.0.0.1:${place.clusterPort}`];
  return [...own, ...storing, ...cluster, '--routes', routes];
}

async function hasLeader(places: readonly Place[]): Promise<boolean> {
  const answers = await Promise.all(places.map((place) => isHealthy(place, 'js-enabled-only=true')));
  return answers.every(Boolean);
}

async function isHealthy({ monitorPort }: Place, what: string): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${monitorPort}/healthz?${what}`);
  return response.ok;
}
