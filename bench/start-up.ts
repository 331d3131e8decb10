// (i) From `serve` to the first served click: cold (nothing there: the database is made, the first bot and pool come
// through the API), warm (everything there, with and without the cache of compiled sources), on the embedded database and
// on PostgreSQL. `node bench/start-up.ts [--quick] [--json]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../test/support/wait-for.ts';
import { type Figure, median, printFigures, readBenchOptions, round, say } from './figures.ts';
import { openBenchWorld } from './world/bench-world.ts';
import { type Rastro, spawnRastro } from './world/rastro.ts';

const options = readBenchOptions();
const WARM_STARTS = options.quick ? 2 : 5;

/** Until a click is answered with its token. */
async function waitForClick({ url }: Rastro): Promise<void> {
  const click = async () => {
    const answer = await fetch(`${url}/go/direct`, { redirect: 'manual' });
    return answer.headers.get('location')?.includes('?start=') === true;
  };
  await waitFor('the first served click', click, { timeoutMs: 180_000, everyMs: 5 });
}

async function measureWarm(database: 'postgres' | 'embedded', compiled: string): Promise<Figure[]> {
  const startedAt = performance.now();
  const env = { NODE_COMPILE_CACHE: compiled };
  const world = await openBenchWorld({ database, cores: null, env });
  try {
    await waitForClick(world.rastro);
    const cold = performance.now() - startedAt - world.preparedMs;
    await world.rastro.stop();
    const warm: number[] = [];
    const bare: number[] = [];
    for (let start = 0; start < WARM_STARTS; start += 1) {
      warm.push(await measureStart(world.startOptions));
      bare.push(
        await measureStart({
          ...world.startOptions,
          env: { ...world.startOptions.env, NODE_COMPILE_CACHE: '' },
        }),
      );
    }
    const name = database === 'postgres' ? 'PostgreSQL' : 'embedded database';
    const figure = (what: string, ms: number): Figure => ({
      ...{ part: 'i', name: `${name}: ${what} to the first click`, value: round(ms / 1000), unit: 's' },
    });
    return [
      figure('first start', cold),
      figure('later start', median(warm)),
      figure('later start, nothing compiled', median(bare)),
    ];
  } finally {
    await world.close();
  }
}

async function measureStart(start: Parameters<typeof spawnRastro>[0]): Promise<number> {
  const startedAt = performance.now();
  const rastro = await spawnRastro(start);
  try {
    await waitForClick(rastro);
    return performance.now() - startedAt;
  } finally {
    await rastro.stop();
  }
}

const compiled = mkdtempSync(join(tmpdir(), 'rastro-compiled-'));
try {
  const figures: Figure[] = [];
  for (const database of ['embedded', 'postgres'] as const) {
    say(`${database} …`);
    figures.push(...(await measureWarm(database, compiled)));
    // Each database's first start finds nothing compiled.
    rmSync(compiled, { recursive: true, force: true });
  }
  printFigures(figures, options);
} finally {
  rmSync(compiled, { recursive: true, force: true });
}
