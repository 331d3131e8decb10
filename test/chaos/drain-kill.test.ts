import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DrainWorld, drainAll, openDrainWorld } from '../db/drain-world.ts';
import { waitFor } from '../support/wait-for.ts';
import { chosen, chosenRounds, openChance } from './scale.ts';

const CLICKS = chosen({ short: 8_000, long: 24_000 });
const ROUNDS = chosenRounds({ short: 10, long: 30 });
let world: DrainWorld;
let child: ChildProcess | undefined;

beforeAll(async () => {
  world = await openDrainWorld();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await world.close();
});

async function startDrain(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('drain-child.ts', import.meta.url));
  const { database, logDirectory, instanceId } = world;
  const options = JSON.stringify(database.testDatabase.options);
  const started = spawn(process.execPath, [script, options, logDirectory, instanceId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  await once(started.stdout, 'data');
  return started;
}

test('kill -9 in the middle of folding loses nothing and counts nothing twice', async () => {
  await world.record(...Array.from({ length: CLICKS }, () => world.click()));
  const chance = openChance('drain-kill');
  const countFolded = async () => (await world.drain.state()).folded;
  const seen: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const drain = await startDrain();
    if (round === 0) await waitFor('the first batch', async () => (await countFolded()) > 0, { everyMs: 1 });
    else await wait(20 + chance() * 600);
    drain.kill('SIGKILL');
    await once(drain, 'exit');
    seen.push(await countFolded());
  }
  await drainAll(world.restartDrain());
  // Without a kill between two batches this test would show nothing.
  expect(seen.filter((folded) => folded > 0 && folded < CLICKS).length).toBeGreaterThan(0);
  const { clicks, counts, conversions, sessions } = await world.tables();
  expect([clicks.length, sessions.length, conversions.length]).toEqual([CLICKS, CLICKS, CLICKS]);
  expect(counts).toMatchObject([{ total_redirects: String(CLICKS) }]);
});
