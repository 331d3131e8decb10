// (e) Clicks folded a second into PostgreSQL and into the embedded database, while 64 connections click as fast as they
// are answered and afterwards. `node bench/drain-under-load.ts [--quick] [--json]`.
import { type Figure, printFigures, readBenchOptions, round, say } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import { buildClicks } from './load/requests.ts';
import { runLoad } from './load/run-load.ts';
import { openBenchWorld } from './world/bench-world.ts';

const options = readBenchOptions();
const SECONDS = options.quick ? 3 : 15;
const cores = placeTogether();

async function measure(database: 'postgres' | 'embedded'): Promise<Figure[]> {
  say(`${database} …`);
  const world = await openBenchWorld({ database, cores: cores.program });
  try {
    const order = { port: world.rastro.port, requests: buildClicks('direct'), connections: 64 };
    const loaded = await runLoad({ ...order, seconds: SECONDS, perSecond: null }, cores.load);
    const during = await world.countClicks();
    const start = performance.now();
    await world.waitForClicks(loaded.tokens);
    const seconds = (performance.now() - start) / 1000;
    const name = database === 'postgres' ? 'PostgreSQL' : 'embedded database';
    const figure = (what: string, value: number): Figure => ({
      ...{ part: 'e', name: `${name}: ${what}`, value: round(value), unit: '/s' },
    });
    const rest = loaded.tokens - during;
    return [
      figure('clicks answered at full speed', loaded.perSecond),
      figure('clicks folded meanwhile', during / SECONDS),
      ...(rest > 1000 ? [figure('clicks folded afterwards', rest / seconds)] : []),
    ];
  } finally {
    await world.close();
  }
}

printFigures([...(await measure('postgres')), ...(await measure('embedded'))], options);
