import { setTimeout as wait } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NatsCluster, type NatsNode, startNatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { expectFinding } from './doctor.ts';
import { chosenRounds, LONG_TEST_MS, openChance } from './scale.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const STREAM = 'RASTRO_CAPTURE';
const VISITORS = 4;
const KILLS = chosenRounds({ short: 0, long: 20 });
const CLUSTER_PATIENCE = { timeoutMs: 90_000, everyMs: 100 };

let cluster: NatsCluster;
let world: ClickWorld;

beforeAll(async () => {
  cluster = await startNatsCluster(3);
  world = await openClickWorld({ env: { CAPTURE_LOG_URL: cluster.url } });
});

afterAll(async () => {
  await world.server.kill();
  await cluster.remove();
});

interface StreamPart {
  readonly ok: boolean;
  readonly replicas: number;
  readonly replicated: number;
  readonly diverted: number;
}

async function readStreamPart(): Promise<StreamPart> {
  const response = await fetch(`${world.server.url}/readyz`);
  expect(response.status).toBe(200);
  const { parts } = (await response.json()) as { parts: { capture_stream: StreamPart } };
  return parts.capture_stream;
}

const waitForStream = (what: string, isSo: (part: StreamPart) => boolean) =>
  waitFor(
    what,
    async () => {
      const part = await readStreamPart();
      if (!isSo(part)) throw new Error(JSON.stringify(part));
      return part;
    },
    CLUSTER_PATIENCE,
  );

const waitForWhole = () => waitForStream('three copies again', ({ ok, replicas }) => ok && replicas === 3);

async function findLeader(): Promise<NatsNode> {
  const connection = await connect({ servers: cluster.nodes.map(({ url }) => new URL(url).host) });
  try {
    const jsm = await jetstreamManager(connection);
    const leader = (await jsm.streams.info(STREAM)).cluster?.leader;
    const node = cluster.nodes.find(({ name }) => name === leader);
    if (node === undefined) throw new Error(`no node is called ${leader}`);
    return node;
  } finally {
    await connection.close();
  }
}

/** Clicks while something happens, and judges what is stored afterwards. */
async function judge(happen: (clicked: () => number) => Promise<void>, allowed: readonly number[] = []) {
  const load = startClickLoad(world.goUrl, VISITORS);
  const clicked = () => load.acknowledged.size;
  await waitFor('the first clicks', () => clicked() > 20);
  try {
    await happen(clicked);
  } finally {
    await load.stop();
  }
  expect([...load.refusals.keys()]).toEqual(allowed);
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
}

const goOn = async (clicked: () => number): Promise<void> => {
  const before = clicked();
  await waitFor('clicks to go on', () => clicked() > before + 50);
};

/** Clicks that all go to three copies: where the machine keeps the cluster waiting for a moment, the disk takes some. */
const waitForClicksOnStream = (clicked: () => number) =>
  waitFor(
    'clicks on the stream alone',
    async () => {
      const before = await readStreamPart();
      await goOn(clicked);
      const after = await readStreamPart();
      const isAll = after.diverted === before.diverted && after.replicated > before.replicated;
      if (!isAll || !after.ok || after.replicas !== 3) throw new Error(JSON.stringify({ before, after }));
      return after;
    },
    CLUSTER_PATIENCE,
  );

describe('a capture log on three nodes', () => {
  it('survives kill -9 of the node that leads the stream', async () => {
    await waitForWhole();
    await judge(async (clicked) => {
      await waitForClicksOnStream(clicked);
      const leader = await findLeader();
      await leader.stop('SIGKILL');
      await goOn(clicked);
      await waitForStream('another leader', ({ ok, replicas }) => ok && replicas === 2);
      await expectFinding(world.server, {
        check: 'capture stream',
        detail: /2 of 3 copies/,
        fix: /Start the node/,
      });
      const { replicated } = await readStreamPart();
      await waitForStream('records on the two that are left', (part) => part.replicated > replicated + 20);
      await leader.start();
      await waitForWhole();
    });
  });

  it('is on the disk of the machine while the whole cluster is away, and comes back by itself', async () => {
    await judge(async (clicked) => {
      await Promise.all(cluster.nodes.map((node) => node.stop('SIGKILL')));
      await goOn(clicked);
      await waitForStream('the server to say so', ({ ok, diverted }) => !ok && diverted > 20);
      await expectFinding(world.server, {
        check: 'capture stream',
        detail: /cannot be used/,
        fix: /See that most nodes/,
      });
      await Promise.all(cluster.nodes.map((node) => node.start()));
      await waitForWhole();
      const { replicated } = await readStreamPart();
      await waitForStream('records on the stream', (part) => part.replicated > replicated + 20);
    });
  });

  // The short form has it too, and worse: the machine of nats-burnt-machine.test.ts is killed and its disk with it.
  if (KILLS > 0)
    it(`loses nothing to kill -9 of the server in ${KILLS} rounds`, { timeout: LONG_TEST_MS }, async () => {
      const chance = openChance('nats-cluster');
      await judge(async (clicked) => {
        for (let round = 0; round < KILLS; round += 1) {
          await wait(200 + chance() * 400);
          await world.server.kill('SIGKILL');
          await world.server.restart();
          await goOn(clicked);
        }
      });
    });
});
