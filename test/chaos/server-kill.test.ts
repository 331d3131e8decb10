import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startClickLoad } from './click-load.ts';
import { expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const ROUNDS = 10;
const VISITORS = 8;

// log-kill.test.ts keeps the control that answers before it writes, and must lose some.
it(`loses no acknowledged click to kill -9 in ${ROUNDS} rounds, and counts none twice`, async () => {
  const world = await openClickWorld();
  const load = startClickLoad(world.goUrl, VISITORS);
  for (let round = 0; round < ROUNDS; round += 1) {
    await wait(200 + Math.random() * 400);
    await world.server.kill('SIGKILL');
    await world.server.restart();
  }
  await wait(300);
  await load.stop();
  const stored = await readStoredClicks(world, load.acknowledged);
  expectExactlyOnce(stored, load.acknowledged);
  expect(load.acknowledged.size).toBeGreaterThan(ROUNDS);
});
