import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findFreePort } from '../support/free-port.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, type ClickLoad, startClickLoad } from './click-load.ts';
import { recordCounts } from './counts.ts';
import { expectToldOnce, openDeliveryWorld, readDeliveries } from './delivery-world.ts';
import { expectFinding } from './doctor.ts';
import { readLogTokens } from './log-tokens.ts';
import { chosenRounds, IS_LONG, LONG_TEST_MS, openChance } from './scale.ts';
import { expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const ROUNDS = chosenRounds({ short: 10, long: 50 });
const VISITORS = 8;
/** What was answered so long before a death its sender may not have written down. */
const UNSURE_MS = 3_000;
const CONTROL = fileURLToPath(new URL('control-server.ts', import.meta.url));

interface Victim {
  readonly load: ClickLoad;
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** Kills it at random moments while it is clicked at, the moments being those of the seed. */
async function killAgainAndAgain({ load, kill, restart }: Victim): Promise<void> {
  const chance = openChance('server-kill');
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = load.acknowledged.size;
    await waitFor('clicks', () => load.acknowledged.size > before);
    await wait(100 + chance() * 700);
    await kill();
    await restart();
  }
  await wait(300);
  await load.stop();
}

it(`loses no acknowledged click to kill -9 in ${ROUNDS} rounds, and counts none twice`, {
  timeout: LONG_TEST_MS,
}, async () => {
  const world = await openClickWorld();
  const load = startClickLoad(world.goUrl, VISITORS);
  await killAgainAndAgain({
    load,
    kill: () => world.server.kill('SIGKILL'),
    restart: () => world.server.restart(),
  });
  const stored = await readStoredClicks(world, load.acknowledged);
  expectExactlyOnce(stored, load.acknowledged);
  expect(load.acknowledged.size).toBeGreaterThan(ROUNDS);
  await world.server.kill('SIGKILL');
  await expectFinding(world.server, { check: 'server', detail: /does not run/, fix: /Start it/ });
});

// In the short form log-kill.test.ts has the control.
it.runIf(IS_LONG)(
  'would be seen to lose clicks to the same kills if it answered before it wrote',
  {
    timeout: LONG_TEST_MS,
  },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'rastro-control-'));
    const directory = join(home, 'log', '0');
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}/go/control`;
    let child: ServerProcess | undefined;
    const restart = async () => {
      child = startServerProcess({ command: process.execPath, args: [CONTROL, directory, String(port)] });
      await waitFor('the control', async () => (await fetch(url, { redirect: 'manual' })).status === 302);
    };
    await restart();
    const load = startClickLoad(url, VISITORS);
    await killAgainAndAgain({ load, kill: async () => child?.stop('SIGKILL'), restart });
    await child?.stop('SIGKILL');
    const written = await readLogTokens(directory);
    rmSync(home, { recursive: true });
    const acknowledged = load.acknowledged.size;
    const missing = [...load.acknowledged].filter((token) => !written.has(token)).length;
    recordCounts({ acknowledged, found: acknowledged - missing, lostByControl: missing });
    expect(missing).toBeGreaterThan(0);
  },
);

// A dead sender's lease lasts a minute: not for the short form, which kills a holder of claims in two-servers.test.ts.
it.runIf(IS_LONG)(
  `tells a platform of each click once through ${ROUNDS} rounds of kill -9, under one event id where it asks twice`,
  { timeout: LONG_TEST_MS },
  async () => {
    const world = await openDeliveryWorld();
    const load = startClickLoad(world.goUrl, VISITORS, CALM_MS);
    await killAgainAndAgain({
      load,
      kill: async () => {
        await world.server.kill('SIGKILL');
        world.meta.doubt(UNSURE_MS);
      },
      restart: () => world.server.restart(),
    });
    const stored = await readStoredClicks(world, load.acknowledged);
    expectExactlyOnce(stored, load.acknowledged, await readDeliveries(world, load.acknowledged));
    await expectToldOnce(world, load.acknowledged);
  },
);
