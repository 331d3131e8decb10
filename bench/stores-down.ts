// (c) The click route while every store is down: Redis and Memcached configured but dead, PostgreSQL stopped. The whole
// server against the bare one in turns; afterwards PostgreSQL comes back, and every click that was answered must be in it.
// `node bench/stores-down.ts [--quick] [--json]`.
import { findFreePort } from '../test/support/free-port.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { type Figure, printFigures, readBenchOptions, round, say } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import type { Loaded } from './load/load-order.ts';
import { buildClicks } from './load/requests.ts';
import { medianOf, medianRatio, type Rival, runRounds } from './load/rounds.ts';
import { startBareServer } from './load/start-bare-server.ts';
import { type BenchWorld, openBenchWorld } from './world/bench-world.ts';

const PACED_PER_SECOND = 2000;
const options = readBenchOptions();
const cores = placeTogether();
const LENGTH = options.quick ? { rounds: 2, seconds: 1 } : { rounds: 5, seconds: 2 };

async function stopStores({ postgres, rastro }: BenchWorld): Promise<void> {
  await postgres?.stop('SIGQUIT');
  await waitFor('the server to see that the database is away', async () =>
    /"database":\{"ok":false/.test(await rastro.readiness()),
  );
}

/** All clicks that were ever answered, the rounds that warm up too: the generator's count is the judge. */
async function measure(world: BenchWorld): Promise<Figure[]> {
  const bare = await startBareServer(cores.program);
  try {
    const { port } = world.rastro;
    const rivals: Rival[] = [
      { port: bare.port, requests: buildClicks('direct') },
      { port, requests: buildClicks('direct') },
      { port, requests: buildClicks('bridge') },
    ];
    const how = { ...LENGTH, cores: cores.load };
    const full = await runRounds(rivals, { ...how, perSecond: null });
    const paced = await runRounds(rivals.slice(0, 2), { ...how, perSecond: PACED_PER_SECOND });
    const lost = await countLost(world, [...full.slice(1), ...paced.slice(1)].flat());
    return [...buildFigures(full, paced), lost];
  } finally {
    bare.stop();
  }
}

function buildFigures(full: readonly Loaded[][], paced: readonly Loaded[][]): Figure[] {
  const [bare, direct, bridge] = full;
  const [calm, click] = paced;
  const p50 = medianOf(click, (loaded) => loaded.p50Ms) - medianOf(calm, (loaded) => loaded.p50Ms);
  const p99 = medianOf(click, (loaded) => loaded.p99Ms) - medianOf(calm, (loaded) => loaded.p99Ms);
  const failed = [...full, ...paced].flat().reduce((sum, loaded) => sum + countFailures(loaded), 0);
  const ratio = (name: string, rounds: Loaded[] | undefined, atLeast: number): Figure => ({
    ...{ part: 'c', name: `stores down: ${name}, to the bare server`, unit: 'ratio', goal: { atLeast } },
    value: round(medianRatio(rounds, bare)),
  });
  return [
    ratio('redirect', direct, 0.55),
    ratio('bridge page', bridge, 0.45),
    { part: 'c', name: 'stores down: redirects', value: round(medianOf(direct, perSecond)), unit: '/s' },
    {
      part: 'c',
      name: 'stores down: p50 added at 2,000/s',
      value: round(p50),
      unit: 'ms',
      goal: { atMost: 1 },
    },
    {
      part: 'c',
      name: 'stores down: p99 added at 2,000/s',
      value: round(p99),
      unit: 'ms',
      goal: { atMost: 4 },
    },
    { part: 'c', name: 'stores down: visitors not served', value: failed, unit: '', goal: { atMost: 0 } },
  ];
}

const perSecond = (loaded: Loaded): number => loaded.perSecond;

const countFailures = ({ statuses, broken }: Loaded): number =>
  broken + (statuses['500'] ?? 0) + (statuses['503'] ?? 0) + (statuses['429'] ?? 0);

async function countLost(world: BenchWorld, loads: readonly Loaded[]): Promise<Figure> {
  const promised = loads.reduce((sum, { tokens }) => sum + tokens, 0);
  say('PostgreSQL comes back …');
  await world.postgres?.start();
  await world.waitForClicks(promised);
  const value = Math.max(0, promised - (await world.countClicks()));
  return { part: 'c', name: `stores down: lost of ${promised}`, value, unit: 'clicks', goal: { atMost: 0 } };
}

const dead = await findFreePort();
const world = await openBenchWorld({
  database: 'postgres',
  cores: cores.program,
  env: { REDIS_URL: `redis://127.0.0.1:${dead}`, MEMCACHED_URL: `127.0.0.1:${dead}` },
});
try {
  await stopStores(world);
  printFigures(await measure(world), options);
} finally {
  await world.close();
}
