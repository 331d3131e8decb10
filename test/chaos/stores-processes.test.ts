import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { findProcesses } from './processes.ts';
import { expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const WORKERS = 2;

it('serves on one port with several processes, and loses nothing when they are killed', async () => {
  const world = await openClickWorld({ env: { WORKERS: String(WORKERS) } });
  const { dataDir } = world.server.database;
  const edges = () => findProcesses(dataDir, 'edge-process.ts');
  const workers = () => findProcesses(dataDir, 'worker.ts');
  expect(edges()).toHaveLength(WORKERS);
  const load = startClickLoad(world.goUrl, 4);
  await wait(1_000);
  for (const file of ['edge-process.ts', 'edge-process.ts', 'worker.ts']) {
    const victim = await waitFor(`a process of ${file}`, () => findProcesses(dataDir, file)[0]);
    const before = load.acknowledged.size;
    process.kill(victim, 'SIGKILL');
    await waitFor('clicks to go on', () => load.acknowledged.size > before + 20);
    const isReplaced = () => !findProcesses(dataDir, file).includes(victim) && edges().length === WORKERS;
    await waitFor('another one', isReplaced);
  }
  await load.stop();
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
  expect(readdirSync(join(dataDir, 'log')).sort()).toEqual(['0', '1']);

  // Whichever process answers, it tells of all of them.
  const scrape = async () => {
    const text = await (await fetch(`${world.server.url}/metrics`)).text();
    return Number(/^rastro_clicks_total\{outcome="direct"\} (\d+)$/m.exec(text)?.[1]);
  };
  // One that has only just begun, or has no time for a second, is left out of a scrape; a later one has it.
  const before = await waitFor('the same of all of them, twice', async () => {
    const [one, other] = [await scrape(), await scrape()];
    return one === other ? one : null;
  });
  for (let click = 0; click < 10; click += 1) await fetch(world.goUrl, { redirect: 'manual' });
  await expect.poll(scrape).toBe(before + 10);

  await world.server.kill('SIGTERM');
  expect(edges()).toEqual([]);
  expect(workers()).toEqual([]);
});

it('counts the visits of an address together, whichever process serves them', async () => {
  const LIMIT = 20;
  const world = await openClickWorld({ env: { WORKERS: String(WORKERS), GO_RATE_LIMIT: String(LIMIT) } });
  const statuses: number[] = [];
  for (let click = 0; click < LIMIT * WORKERS; click += 1) {
    // A connection each, so that both processes serve; as slow as their reports to each other.
    const headers = { connection: 'close' };
    statuses.push((await fetch(world.goUrl, { redirect: 'manual', headers })).status);
    await wait(250);
  }
  const allowed = statuses.filter((status) => status === 302).length;
  expect(allowed).toBeGreaterThanOrEqual(LIMIT);
  // Each process may be a report behind, and on a busy machine some more: without reports it would be twice as many.
  expect(allowed).toBeLessThanOrEqual(LIMIT + 6);
  expect(statuses.at(-1)).toBe(429);
});
