import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/domain/http-message.ts';
import { listenSimulator } from '../../src/simulators/simulator-server.ts';
import type { TestDatabase } from '../support/database.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import {
  type DeliveryWorld,
  expectToldOnce,
  openDeliveryWorld,
  PIXEL,
  readDeliveries,
} from './delivery-world.ts';
import { askDoctorByCommand, expectFinding } from './doctor.ts';
import { type MovableClock, makeMovableClock } from './movable-clock.ts';
import { chosenRounds, IS_LONG, LONG_TEST_MS } from './scale.ts';
import { expectExactlyOnce, readStoredClicks } from './server-world.ts';

/** What all machines of one installation have in common. */
const SECRETS = { SECRET_KEY: 'k'.repeat(48), IP_HASH_SALT: 's'.repeat(48) };
const ROUNDS = chosenRounds({ short: 1, long: 4 });
/** A claim's lease, and a little more. */
const LEASE_S = 62;
/** The short form does not wait for the end of a lease: it sets the clock of who is left. */
const MOVES_CLOCK = !IS_LONG;

interface Machine {
  readonly name: string;
  readonly server: TestServer;
  readonly clock: MovableClock;
}

let postgres: PostgresServer;
let world: DeliveryWorld;
let machines: readonly [Machine, Machine];
/** Whose request came last to the platform. */
let asking: string | null = null;
const directories: string[] = [];

function makeDatabase(): TestDatabase {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-machine-'));
  directories.push(dataDir);
  const { url } = postgres;
  const env = { DATA_DIR: dataDir, DATABASE_URL: url };
  return {
    backend: 'postgres',
    dataDir,
    env,
    options: { kind: 'postgres', url },
    remove: async () => undefined,
  };
}

/** An address of the platform by which it knows who asks. */
async function listenFor(name: string): Promise<string> {
  const answer = (request: HttpRequest) => {
    asking = name;
    return world.meta.answer(request);
  };
  return (await listenSimulator({ answer })).url;
}

beforeAll(async () => {
  postgres = await startPostgresServer();
  const clocks = [makeMovableClock(), makeMovableClock()] as const;
  const firstUrl = await listenFor('first');
  const env = { ...SECRETS, ...clocks[0].env, META_GRAPH_URL: firstUrl };
  world = await openDeliveryWorld({ database: makeDatabase(), env });
  const second = await startTestServer({
    database: makeDatabase(),
    env: { ...env, ...clocks[1].env, META_GRAPH_URL: await listenFor('second') },
  });
  machines = [
    { name: 'first', server: world.server, clock: clocks[0] },
    { name: 'second', server: second, clock: clocks[1] },
  ];
  const goUrl = goUrlOf(machines[1]);
  await waitFor('the second to have the pool', async () => {
    const { status } = await fetch(goUrl, { redirect: 'manual' });
    return status === 302;
  });
});
afterAll(async () => {
  for (const { server, clock } of machines) {
    await server.kill('SIGKILL');
    clock.remove();
  }
  await postgres.remove();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const goUrlOf = ({ server }: Machine): string => `${server.url}${new URL(world.goUrl).pathname}`;

/** Kills whichever holds claims, in the middle of a request that the platform took; returns who died and who is left. */
async function killHolder(): Promise<{ dead: Machine; left: Machine }> {
  await world.meta.meet(PIXEL, 'hung');
  const [first, second] = machines;
  const [dead, left] = asking === first.name ? [first, second] : [second, first];
  await dead.server.kill('SIGKILL');
  return { dead, left };
}

it('share a database; the one that holds claims is killed, and the other sends what it held', {
  timeout: LONG_TEST_MS,
}, async () => {
  const all = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const loads = machines.map((machine) => startClickLoad(goUrlOf(machine), 1, CALM_MS));
    await waitFor('clicks on both', () => loads.every((load) => load.acknowledged.size > 10));
    const { dead, left } = await killHolder();
    const survivor = loads[machines.indexOf(left)];
    const before = survivor?.acknowledged.size ?? 0;
    await expectFinding(dead.server, { check: 'server', detail: /does not run/, fix: /Start it/ });
    await waitFor('clicks to go on', () => (survivor?.acknowledged.size ?? 0) > before + 10);
    await Promise.all(loads.map((load) => load.stop()));
    for (const load of loads) for (const token of load.acknowledged) all.add(token);
    if (MOVES_CLOCK) {
      left.clock.set(LEASE_S);
      const clock = (await askDoctorByCommand(left.server)).find(({ check }) => check === 'clock');
      expect(clock).toMatchObject({ state: 'fault', fix: expect.stringContaining('NTP') });
    } else await wait(LEASE_S * 1000);
    // What the dead one had captured and not folded is on its own disk.
    await dead.server.restart();
    const deliveries = await readDeliveries(world, all);
    expect(deliveries.sentTwice).toBe(0);
    left.clock.set(0);
  }
  const deliveries = world.meta.count();
  expectExactlyOnce(await readStoredClicks(world, all), all, deliveries);
  await expectToldOnce(world, all);
  // The requests that a death cut off went again, under the same ids: nothing else did.
  expect(deliveries.repeated).toBeGreaterThan(0);
});
