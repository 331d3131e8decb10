import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type NatsCluster, startNatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import { findProcesses } from './processes.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const EDGES = 2;

let cluster: NatsCluster;
let world: ClickWorld;

beforeAll(async () => {
  cluster = await startNatsCluster(1);
  const env = { CAPTURE_LOG_URL: cluster.url, CAPTURE_LOG_REPLICAS: '1', WORKERS: String(EDGES) };
  world = await openClickWorld({ env });
});
afterAll(async () => {
  await world?.server.kill();
  await cluster?.remove();
});

const edges = () => findProcesses(world.server.database.dataDir, 'edge-process.ts');

/** Settings reach an edge within half a second; a connection each finds them all. */
const isKnownToAll = async (): Promise<boolean> => {
  const headers = { connection: 'close' };
  const asked = Array.from({ length: 20 }, () =>
    fetch(world.goUrl, { method: 'HEAD', redirect: 'manual', headers }),
  );
  return (await Promise.all(asked)).every(({ status }) => status === 302);
};

/** Records that went to the stream, of all edges together. */
const replicated = async (): Promise<number> => {
  const text = await (await fetch(`${world.server.url}/metrics`)).text();
  return Number(/^rastro_capture_stream_records\{state="replicated"\} (\d+)$/m.exec(text)?.[1] ?? 0);
};

const tokensOnDisk = (): string => {
  const log = join(world.server.database.dataDir, 'log');
  return readdirSync(log)
    .flatMap((writer) => readdirSync(join(log, writer)).map((name) => join(log, writer, name)))
    .filter((path) => path.endsWith('.log'))
    .map((path) => readFileSync(path, 'latin1'))
    .join('');
};

it('several processes write one stream: an edge is killed, then the stream is away, and every click is there once', async () => {
  expect(edges()).toHaveLength(EDGES);
  await waitFor('every edge to know the pool', isKnownToAll);
  const load = startClickLoad(world.goUrl, 4, CALM_MS);
  const goOn = async () => {
    const before = load.acknowledged.size;
    await waitFor('clicks to go on', () => load.acknowledged.size > before + 50);
  };
  await waitFor('clicks on the stream', async () => (await replicated()) > 50);
  const [victim = 0] = edges();
  process.kill(victim, 'SIGKILL');
  await goOn();
  await waitFor('another edge', () => edges().length === EDGES && !edges().includes(victim));
  await cluster.nodes[0]?.stop('SIGKILL');
  await goOn();
  // Both edges have gone over to their own disks, each to its own part.
  await waitFor('clicks on the disk', () => {
    const disk = tokensOnDisk();
    return [...load.acknowledged].some((token) => disk.includes(token));
  });
  await cluster.nodes[0]?.start();
  const before = await replicated();
  await waitFor('clicks on the stream again', async () => (await replicated()) > before + 20);
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([]);
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
});
