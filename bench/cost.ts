// (j) What a click costs: processor time of the server, its worker and PostgreSQL together, so how many clicks a day one
// core carries, and bytes on disk. Bridge clicks at 1,000 a second. `node bench/cost.ts [--quick] [--json]`.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, printFigures, readBenchOptions, round } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import { buildClicks } from './load/requests.ts';
import { runLoad } from './load/run-load.ts';
import { type BenchWorld, openBenchWorld } from './world/bench-world.ts';
import { readUsage, sumCpu } from './world/process-usage.ts';

const options = readBenchOptions();
const SECONDS = options.quick ? 8 : 60;
const CLICKS_A_SECOND = 1000;
const DAY_MICROS = 86_400_000_000;

interface Spent {
  readonly server: number;
  readonly worker: number;
  readonly postgres: number;
  readonly logBytes: number;
  readonly tables: ReadonlyMap<string, number>;
}

/** A partition counts as its table. */
const SIZES = `
  select regexp_replace(c.relname, '_[0-9]{4}_[0-9]{2}$', '') as name, sum(pg_total_relation_size(c.oid)) as bytes
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by 1`;

async function look(world: BenchWorld): Promise<Spent> {
  const usage = readUsage(world.rastro.pid);
  const worker = usage.filter(({ name }) => name === 'worker.ts');
  const sizes = await world.query<{ name: string; bytes: string }>(SIZES);
  return {
    server: sumCpu(usage) - sumCpu(worker),
    worker: sumCpu(worker),
    postgres: sumCpu(readUsage(world.postgres?.pid() ?? 0)),
    logBytes: sumBytes(join(world.dataDir, 'log')),
    tables: new Map(sizes.map(({ name, bytes }) => [name, Number(bytes)])),
  };
}

function sumBytes(directory: string): number {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function buildFigures(before: Spent, after: Spent, clicks: number): Figure[] {
  const a = (name: string, value: number, unit: string): Figure => ({ part: 'j', name, value, unit });
  const cpu = (of: 'server' | 'worker' | 'postgres') => (after[of] - before[of]) / clicks;
  const whole = cpu('server') + cpu('worker') + cpu('postgres');
  const grown = [...after.tables]
    .map(([name, bytes]) => ({ name, bytes: (bytes - (before.tables.get(name) ?? 0)) / clicks }))
    .filter(({ bytes }) => bytes >= 1)
    .sort((one, other) => other.bytes - one.bytes);
  const tables = grown.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    a('CPU of the server a click', round(cpu('server')), 'µs'),
    a('CPU of the worker a click', round(cpu('worker')), 'µs'),
    a('CPU of PostgreSQL a click', round(cpu('postgres')), 'µs'),
    a('clicks a day a core', round(DAY_MICROS / whole / 1e6), 'million'),
    a('capture log a click, for a day', round((after.logBytes - before.logBytes) / clicks), 'bytes'),
    a('tables and indexes a click', round(tables), 'bytes'),
    ...grown.slice(0, 4).map(({ name, bytes }) => a(`of that ${name}`, round(bytes), 'bytes')),
  ];
}

const world = await openBenchWorld({ database: 'postgres', cores: placeTogether().program });
try {
  const order = { port: world.rastro.port, requests: buildClicks('bridge'), connections: 64 };
  const run = (seconds: number) =>
    runLoad({ ...order, seconds, perSecond: CLICKS_A_SECOND }, placeTogether().load);
  // The first seconds are for the compiler.
  await run(3);
  await world.waitUntilFolded();
  const before = await look(world);
  const { tokens } = await run(SECONDS);
  await world.waitUntilFolded();
  printFigures(buildFigures(before, await look(world), tokens), options);
} finally {
  await world.close();
}
