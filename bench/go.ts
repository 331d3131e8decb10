// Measures the click route in a process of its own (real log on the disk of TMPDIR) against a bare node:http constant 302
// in the same run: 64 connections, in turns, medians of the rounds' ratios; then the delay at 2,000 a second, in turns too.
// Beside throughput stands the processor time of an answer, which other programs on the machine move least.
// `node bench/go.ts [--quick] [--json]`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { median, readBenchOptions, say } from './figures.ts';
import { pinnedExecution, placeApart } from './load/cores.ts';
import type { Loaded } from './load/load-order.ts';
import { buildClicks } from './load/requests.ts';
import { runLoad } from './load/run-load.ts';
import { startBareServer } from './load/start-bare-server.ts';
import { readUsage } from './world/process-usage.ts';
import { SMALL_HEAP } from './world/rastro.ts';

const CONNECTIONS = 64;
const PACED_PER_SECOND = 2000;
const options = readBenchOptions();
const { rounds: ROUNDS, seconds: SECONDS } = options.quick
  ? { rounds: 2, seconds: 1 }
  : { rounds: 7, seconds: 2 };
const cores = placeApart();

interface Rival {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly slug: string;
}

interface Measured extends Loaded {
  /** Of the serving process with all its threads, an answer, µs; 0 where the system does not tell. */
  readonly cpuMicros: number;
}

interface Row {
  readonly name: string;
  /** Of the bare server's throughput. */
  readonly ratio: number;
  /** The bare server's processor time of an answer to this one's: what the ratio is when nobody else wants the cores. */
  readonly cpuRatio: number;
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function startClickServer(): Promise<{ port: number; pid: number; stop(): Promise<void> }> {
  const child = fork(
    join(import.meta.dirname, 'load', 'click-server.ts'),
    [],
    pinnedExecution(cores.program, SMALL_HEAP),
  );
  const [port] = (await once(child, 'message')) as [number];
  const stop = async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  };
  return { port, pid: child.pid ?? 0, stop };
}

const cpuOf = (pid: number): number => readUsage(pid).find((usage) => usage.pid === pid)?.cpuMicros ?? 0;

async function measure({ port, pid, slug }: Rival, perSecond: number | null): Promise<Measured> {
  const before = cpuOf(pid);
  const order = { port, requests: buildClicks(slug), connections: CONNECTIONS, seconds: SECONDS, perSecond };
  const loaded = await runLoad(order, cores.load);
  return { ...loaded, cpuMicros: (cpuOf(pid) - before) / loaded.answers };
}

/** All rivals in turns, round after round; the first round warms up. One list of results a rival. */
async function measureRounds(rivals: readonly Rival[], perSecond: number | null): Promise<Measured[][]> {
  const results: Measured[][] = rivals.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    say(`go: round ${round} of ${ROUNDS}${perSecond === null ? '' : ', paced'}`);
    for (const [index, rival] of rivals.entries()) {
      const measured = await measure(rival, perSecond);
      if (round > 0) results[index]?.push(measured);
    }
  }
  return results;
}

interface Results {
  readonly name: string;
  readonly full: readonly Measured[];
  readonly bare: readonly Measured[];
  readonly paced: readonly Measured[];
}

function buildRow({ name, full, bare, paced }: Results): Row {
  const middle = (rounds: readonly Measured[], read: (measured: Measured, at: number) => number) =>
    median(rounds.map(read));
  const ratio = middle(full, ({ perSecond }, at) => perSecond / (bare[at]?.perSecond ?? perSecond));
  const cpuRatio = middle(full, ({ cpuMicros }, at) => (bare[at]?.cpuMicros ?? 0) / cpuMicros || 0);
  return {
    name,
    ratio: Number(ratio.toFixed(2)),
    cpuRatio: Number(cpuRatio.toFixed(2)),
    perSecond: Math.round(middle(full, ({ perSecond }) => perSecond)),
    cpuMicros: Number(middle(full, ({ cpuMicros }) => cpuMicros).toFixed(1)),
    p50Ms: middle(paced, ({ p50Ms }) => p50Ms),
    p99Ms: middle(paced, ({ p99Ms }) => p99Ms),
  };
}

const bare = await startBareServer(cores.program);
const click = await startClickServer();
try {
  const rivals: Rival[] = [
    { name: 'bare node:http 302', ...bare, slug: 'direct' },
    { name: 'click, redirect', ...click, slug: 'direct' },
    { name: 'click, bridge page', ...click, slug: 'bridge' },
  ];
  const full = await measureRounds(rivals, null);
  const paced = await measureRounds(rivals, PACED_PER_SECOND);
  const rows = rivals.map(({ name }, index) =>
    buildRow({ name, full: full[index] ?? [], bare: full[0] ?? [], paced: paced[index] ?? [] }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else console.table(rows);
} finally {
  bare.stop();
  await click.stop();
}
