// (h) Memory of the server and its worker under ten minutes of clicks and visits (one minute with --quick): how much, and
// whether it still grows; then what the embedded database adds. `node bench/memory.ts [--quick] [--json]`.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, median, printFigures, readBenchOptions, say } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import { buildClicks, buildVisits } from './load/requests.ts';
import { runLoad } from './load/run-load.ts';
import { type BenchWorld, openBenchWorld } from './world/bench-world.ts';
import { readUsage, sumResident } from './world/process-usage.ts';

const options = readBenchOptions();
const SECONDS = options.quick ? 60 : 600;
const EMBEDDED_SECONDS = options.quick ? 20 : 90;
const CLICKS_A_SECOND = 400;
const VISITS_A_SECOND = 100;
const SAMPLE_MS = 1_000;
const MB = 2 ** 20;

/** One look at the memory, MB. */
interface Sample {
  readonly atMinutes: number;
  readonly main: number;
  readonly worker: number;
  readonly all: number;
}

function look(pid: number, startedAt: number): Sample {
  const usage = readUsage(pid);
  const of = (name: string) => sumResident(usage.filter((one) => one.name === name)) / MB;
  return {
    atMinutes: (performance.now() - startedAt) / 60_000,
    main: of('main.ts'),
    worker: of('worker.ts'),
    all: sumResident(usage) / MB,
  };
}

async function sampleUnderLoad(world: BenchWorld, seconds: number): Promise<Sample[]> {
  const { load } = placeTogether();
  const order = { port: world.rastro.port, connections: 16, seconds };
  const loads = Promise.all([
    runLoad({ ...order, requests: buildClicks('direct'), perSecond: CLICKS_A_SECOND / 2 }, load),
    runLoad({ ...order, requests: buildClicks('bridge'), perSecond: CLICKS_A_SECOND / 2 }, load),
    runLoad({ ...order, requests: buildVisits(world.domainId, 2), perSecond: VISITS_A_SECOND }, load),
  ]);
  const startedAt = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - startedAt < seconds * 1000) {
    await sleep(SAMPLE_MS);
    samples.push(look(world.rastro.pid, startedAt));
  }
  await loads;
  return samples;
}

/** Least squares: by how many MB a minute the memory grows. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (read: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const [minutes, memory] = [mean((one) => one.atMinutes), mean((one) => one.all)];
  const spread = samples.reduce((sum, one) => sum + (one.atMinutes - minutes) ** 2, 0);
  return samples.reduce((sum, one) => sum + (one.atMinutes - minutes) * (one.all - memory), 0) / spread;
}

async function sample(database: 'postgres' | 'embedded', seconds: number): Promise<Sample[]> {
  say(`${database}, ${seconds} s …`);
  const world = await openBenchWorld({ database, cores: placeTogether().program });
  try {
    return await sampleUnderLoad(world, seconds);
  } finally {
    await world.close();
  }
}

function buildFigures(external: readonly Sample[], embedded: readonly Sample[]): Figure[] {
  const half = external.slice(external.length / 2);
  const minutes = SECONDS / 60;
  const last = (samples: readonly Sample[], read: (one: Sample) => number) =>
    Math.round(median(samples.slice(-10).map(read)));
  const figure = (name: string, value: number, unit: string): Figure => ({ part: 'h', name, value, unit });
  const after = `after ${minutes} min`;
  const slope = figure('growth in the second half', Number(slopeOf(half).toFixed(2)), 'MB/min');
  const added =
    last(embedded, (one) => one.main) - median(external.slice(0, embedded.length).map((one) => one.main));
  return [
    figure(
      `server, ${after}`,
      last(external, (one) => one.main),
      'MB',
    ),
    figure(
      `worker, ${after}`,
      last(external, (one) => one.worker),
      'MB',
    ),
    {
      ...figure(
        `server and worker, ${after}`,
        last(external, (one) => one.all),
        'MB',
      ),
      goal: { atMost: 400 },
    },
    figure('the most at any moment', Math.round(Math.max(...external.map((one) => one.all))), 'MB'),
    // A minute is too short to tell growth from settling.
    options.quick ? slope : { ...slope, goal: { atMost: 1 } },
    figure('the embedded database adds', Math.round(added), 'MB'),
    figure(
      'in all with it',
      last(embedded, (one) => one.all),
      'MB',
    ),
  ];
}

// The first one leaves the compiled sources for the second, as a first start does.
const embedded = await sample('embedded', EMBEDDED_SECONDS);
const external = await sample('postgres', SECONDS);
printFigures(buildFigures(external, embedded), options);
