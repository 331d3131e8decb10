import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import type { HotStore } from '../../src/stores/hot-store.ts';
import { findFreePort } from '../support/free-port.ts';
import { findRedisServer } from '../support/installed-programs.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { makeEntry, openRedis } from './stores-world.ts';

const PATIENCE = { everyMs: 100 };

interface Started {
  readonly port: number;
  readonly process: ServerProcess;
}

async function start(buildArgs: (port: number, home: string) => readonly string[]): Promise<Started> {
  const command = findRedisServer();
  if (command === undefined) throw new Error('redis-server is not installed (npm test installs it)');
  const port = await findFreePort();
  const home = mkdtempSync(join(tmpdir(), 'rastro-redis-kind-'));
  const process = startServerProcess({ command, args: buildArgs(port, home) });
  afterAll(async () => {
    await process.stop('SIGKILL');
    rmSync(home, { recursive: true, force: true });
  });
  await waitFor(`redis on ${port}`, () => ask(port, 'PING'), PATIENCE);
  return { port, process };
}

const plain = (port: number, home: string): string[] =>
  `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${home}`.split(' ').concat('--save', '');

/** One command on a connection of its own. */
async function ask(port: number, command: string, ...args: (string | number)[]): Promise<unknown> {
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}

async function expectKept(store: HotStore, entries: readonly ReturnType<typeof makeEntry>[]): Promise<void> {
  for (const { token, fbclid, json } of entries) {
    expect(await store.get(token)).toBe(json);
    expect(await store.getTokenByFbclid(fbclid ?? '')).toBe(token);
  }
}

const write = (store: HotStore, entries: readonly ReturnType<typeof makeEntry>[]) =>
  waitFor('the store to take clicks', () => store.set(entries, 60).then(() => true), PATIENCE);

it('keeps clicks in a cluster, whichever node their keys belong to', async () => {
  const nodes: Started[] = [];
  for (let node = 0; node < 2; node += 1) {
    const bus = await findFreePort();
    nodes.push(
      await start((port, home) => [
        ...plain(port, home),
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        `${bus}`,
      ]),
    );
    const { port } = nodes[node] as Started;
    await ask(port, 'CLUSTER', 'ADDSLOTSRANGE', node * 8192, node * 8192 + 8191);
    if (node > 0) await ask(nodes[0]?.port ?? 0, 'CLUSTER', 'MEET', '127.0.0.1', port, bus);
  }
  const isWhole = async ({ port }: Started) =>
    String(await ask(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok');
  await waitFor('the cluster', async () => (await Promise.all(nodes.map(isWhole))).every(Boolean), PATIENCE);
  // One address is enough: the cluster tells of the others.
  const store = openRedis(`redis+cluster://127.0.0.1:${nodes[0]?.port}`);
  const entries = Array.from({ length: 40 }, () => makeEntry());
  await write(store, entries);
  await expectKept(store, entries);
  const sizes = await Promise.all(nodes.map(({ port }) => ask(port, 'DBSIZE')));
  expect(sizes.every((size) => Number(size) > 10)).toBe(true);
  await store.close();
}, 180_000);

it('finds the master by the sentinels, and the next one when that is killed', async () => {
  const master = await start(plain);
  const replica = await start((port, home) => [
    ...plain(port, home),
    '--replicaof',
    '127.0.0.1',
    `${master.port}`,
  ]);
  await waitFor(
    'the replica',
    async () => String(await ask(replica.port, 'INFO', 'replication')).includes('master_link_status:up'),
    PATIENCE,
  );
  const sentinel = await start((port, home) => {
    const file = join(home, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${home}`,
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds main 2000',
      'sentinel failover-timeout main 3000',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return [file, '--sentinel'];
  });
  const store = openRedis(`redis+sentinel://127.0.0.1:${sentinel.port}/main`);
  const before = [makeEntry(), makeEntry()];
  await write(store, before);
  await expectKept(store, before);
  const knowsReplica = async () =>
    String(await ask(sentinel.port, 'SENTINEL', 'MASTER', 'main')).includes('num-slaves,1');
  await waitFor('the sentinel to know the replica', knowsReplica, PATIENCE);
  await master.process.stop('SIGKILL');
  const after = [makeEntry()];
  await write(store, after);
  await expectKept(store, after);
  expect(String(await ask(replica.port, 'ROLE'))).toContain('master');
  await store.close();
}, 180_000);
