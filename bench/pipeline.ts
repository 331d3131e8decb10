// (b) The delay of a click at 2,000 a second, open loop, with everything on the same two cores: server, worker with its
// drain, and PostgreSQL. The whole server against the bare one in turns. `node bench/pipeline.ts [--quick] [--json]`.
import { type Figure, printFigures, readBenchOptions, round } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import type { Loaded } from './load/load-order.ts';
import { buildClicks } from './load/requests.ts';
import { medianOf, runRounds } from './load/rounds.ts';
import { startBareServer } from './load/start-bare-server.ts';
import { openBenchWorld } from './world/bench-world.ts';

const PACED_PER_SECOND = 2000;
const options = readBenchOptions();
const cores = placeTogether();

function buildFigures(name: string, click: Loaded[] | undefined, bare: Loaded[] | undefined): Figure[] {
  const p50 = medianOf(click, (loaded) => loaded.p50Ms);
  const p99 = medianOf(click, (loaded) => loaded.p99Ms);
  const figure = (what: string, value: number): Figure => ({
    ...{ part: 'b', name: `${name} with drain and PostgreSQL: ${what}`, value: round(value), unit: 'ms' },
  });
  return [
    figure('p50 at 2,000/s', p50),
    { ...figure('p99 at 2,000/s', p99), goal: { atMost: 12 } },
    figure('p50 added', p50 - medianOf(bare, (loaded) => loaded.p50Ms)),
    figure('p99 added', p99 - medianOf(bare, (loaded) => loaded.p99Ms)),
  ];
}

const world = await openBenchWorld({ database: 'postgres', cores: cores.program });
const bare = await startBareServer(cores.program);
try {
  const { port } = world.rastro;
  const rivals = [
    { port: bare.port, requests: buildClicks('direct') },
    { port, requests: buildClicks('direct') },
    { port, requests: buildClicks('bridge') },
  ];
  const [calm, direct, bridge] = await runRounds(rivals, {
    ...(options.quick ? { rounds: 2, seconds: 2 } : { rounds: 5, seconds: 5 }),
    ...{ perSecond: PACED_PER_SECOND, cores: cores.load },
    // The bare server's turn must not be burdened by what is still to be folded.
    settle: () => world.waitUntilFolded(),
  });
  printFigures(
    [...buildFigures('redirect', direct, calm), ...buildFigures('bridge page', bridge, calm)],
    options,
  );
} finally {
  bare.stop();
  await world.close();
}
