// `npm run bench [-- --only a,d] [-- --quick]`: runs the benchmarks of this folder one after the other, each in a process
// of its own, prints a table of goals and verdicts, and writes bench/results/<date>-<commit>.json. See docs/benchmarks.md.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTable, type Figure, holds, say } from './figures.ts';
import { chooseParts, type Part } from './parts.ts';

const RESULTS_DIR = join(import.meta.dirname, 'results');
/** The longest part, ten minutes of load, takes a quarter of an hour. */
const LONGEST_MS = 25 * 60_000;

interface Measured {
  readonly file: string;
  readonly seconds: number;
  /** Processes that wanted to run, over the last minute, before and after. */
  readonly load: readonly [number, number];
  readonly figures: readonly Figure[];
  /** Why it has none. */
  readonly failure?: string;
}

const busy = (): number => Number((loadavg()[0] ?? 0).toFixed(2));

/** Runs a part; that it fails is a result, and the others go on. */
async function measure(part: Part, isQuick: boolean): Promise<Measured> {
  say(`${part.names.join(', ')} ${part.file} …`);
  const startedAt = performance.now();
  const before = busy();
  const end = (): Pick<Measured, 'file' | 'seconds' | 'load'> => ({
    file: part.file,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    load: [before, busy()],
  });
  try {
    const printed = await runFile(part.file, isQuick);
    return { ...end(), figures: part.read(JSON.parse(printed)) };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    say(`${part.file}: ${failure}`);
    return { ...end(), figures: [], failure };
  }
}

async function runFile(file: string, isQuick: boolean): Promise<string> {
  const args = [join(import.meta.dirname, file), '--json', ...(isQuick ? ['--quick'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  const timer = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  process.off('SIGINT', passOn).off('SIGTERM', passOn);
  if (code !== 0) throw new Error(`it ended with ${signal ?? `code ${code}`}`);
  return printed;
}

function readCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim();
  } catch {
    // Unpacked from an archive.
    return 'unknown';
  }
}

function describeMachine(): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    model: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
  };
}

function write(measured: readonly Measured[], isQuick: boolean): string {
  const at = new Date().toISOString();
  const name = `${at.slice(0, 10)}-${readCommit()}${isQuick ? '-quick' : ''}.json`;
  mkdirSync(RESULTS_DIR, { recursive: true });
  const report = { at, commit: readCommit(), isQuick, machine: describeMachine(), measured };
  writeFileSync(join(RESULTS_DIR, name), `${JSON.stringify(report, null, 1)}\n`);
  return name;
}

const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean' } } });
const isQuick = values.quick === true;
const parts = chooseParts(values.only);
if (parts.length === 0) {
  say('There is no such part. One of: a to j, log, enrich, site-script.');
  process.exit(2);
}
const measured: Measured[] = [];
for (const part of parts) measured.push(await measure(part, isQuick));
const figures = measured.flatMap((one) => one.figures);
console.table(buildTable(figures));
const short = figures.filter((figure) => !holds(figure)).length;
const failed = measured.filter(({ failure }) => failure !== undefined);
console.log(
  `${figures.length} figures, ${short} fall short, ${failed.length} of ${measured.length} parts failed`,
);
console.log(`Written to bench/results/${write(measured, isQuick)}`);
if (failed.length > 0) process.exitCode = 1;
