import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import {
  type DeliveryWorld,
  expectToldOnce,
  makeMeta,
  openDeliveryWorld,
  PIXEL,
  readDeliveries,
  waitUntilSent,
} from './delivery-world.ts';
import { expectFinding } from './doctor.ts';
import { type MovableClock, makeMovableClock } from './movable-clock.ts';
import { findProcesses } from './processes.ts';
import { chosenRounds, LONG_TEST_MS } from './scale.ts';
import { expectExactlyOnce, readStoredClicks } from './server-world.ts';

const HOUR_S = 3_600;
/** Into another month, and behind every hold and lease. */
const FAR_S = 40 * 24 * HOUR_S;
/** More than this scenario takes. */
const SPENT_S = HOUR_S;
const ROUNDS = chosenRounds({ short: 1, long: 4 });

let clock: MovableClock;
let world: DeliveryWorld;
/** How far the platform's clock is ahead of the real one, ms: it is right whatever ours does, until time has passed. */
let passedMs = 0;

beforeAll(async () => {
  clock = makeMovableClock();
  const meta = makeMeta(() => Date.now() + passedMs);
  world = await openDeliveryWorld({ env: clock.env }, meta);
});
afterAll(async () => {
  await world.server.kill('SIGKILL');
  clock.remove();
});

/** A request that the platform took and has not answered is under way, and its sender dies. */
async function killSenderInRequest(): Promise<void> {
  await world.meta.meet(PIXEL, 'hung');
  const { dataDir } = world.server.database;
  const worker = await waitFor('a worker', () => findProcesses(dataDir, 'worker.ts')[0]);
  process.kill(worker, 'SIGKILL');
}

it('jumps forward and back under load, while a sender dies with claims of the later time', {
  timeout: LONG_TEST_MS,
}, async () => {
  const all = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const load = startClickLoad(world.goUrl, 2, CALM_MS);
    const more = () => {
      const before = load.acknowledged.size;
      return waitFor('clicks to go on', () => load.acknowledged.size > before + 20);
    };
    // First an hour late, then right: nothing is ever in the platform's future.
    clock.set(-HOUR_S);
    await more();
    await world.meta.meet(PIXEL, 'slow');
    clock.set(0);
    const late = new Set(load.acknowledged);
    // The claims that it leaves behind hold until an hour later than the clock says then.
    await killSenderInRequest();
    clock.set(-HOUR_S);
    await more();
    await load.stop();
    expect([...load.refusals.keys()]).toEqual([]);
    for (const token of load.acknowledged) all.add(token);
    await waitUntilSent(world, late);
    clock.set(0);
  }
  const deliveries = await readDeliveries(world, all);
  expectExactlyOnce(await readStoredClicks(world, all), all, deliveries);
  await expectToldOnce(world, all);
});

it('is far ahead for a while: what was captured then is told when its time has come', {
  timeout: LONG_TEST_MS,
}, async () => {
  const load = startClickLoad(world.goUrl, 1, CALM_MS);
  await waitFor('clicks', () => load.acknowledged.size > 10);
  await load.stop();
  await readDeliveries(world, load.acknowledged);
  clock.set(FAR_S);
  const ahead = startClickLoad(world.goUrl, 1, CALM_MS);
  await waitFor('clicks', () => ahead.acknowledged.size > 20);
  await ahead.stop();
  await readStoredClicks(world, ahead.acknowledged);
  await expectFinding(world.server, { check: 'destinations', detail: /clock ahead/, fix: /Nothing is lost/ });
  clock.set(0);
  const after = startClickLoad(world.goUrl, 1, CALM_MS);
  await waitFor('clicks', () => after.acknowledged.size > 10);
  await after.stop();
  const all = new Set([...load.acknowledged, ...ahead.acknowledged, ...after.acknowledged]);
  await waitUntilSent(world, after.acknowledged);
  await expectFinding(world.server, { check: 'times', detail: /in the future/, fix: /set it by NTP/ });
  // That time comes, for the platform too.
  passedMs = (FAR_S + SPENT_S) * 1000;
  clock.set(FAR_S + SPENT_S);
  const deliveries = await readDeliveries(world, all);
  expectExactlyOnce(await readStoredClicks(world, all), all, deliveries);
  await expectToldOnce(world, all);
});
