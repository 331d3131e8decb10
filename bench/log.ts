// Measures the capture log on the disk of the temporary directory (TMPDIR): appends with each way of syncing, by 64
// concurrent callers and at 2,000 a second, and reading back. Medians of six rounds. `node bench/log.ts [--json]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { LogWriter } from '../src/log/log-writer.ts';
import { readLog } from '../src/log/read-log.ts';
import { type SyncMode, segmentOpener } from '../src/log/segment-file.ts';
import { openLogWriter } from '../src/log/writer.ts';

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const CALLERS = 64;
const SECONDS = 2;
const ROUNDS = 6;
const PACED_PER_SECOND = 2000;
const RECORD = JSON.stringify({
  kind: 'click',
  at: 1_760_000_000_000,
  token: '0123456789abcdef'.repeat(2),
  url: `https://example.org/go/spring?fbclid=${'Iw'.repeat(60)}&utm_source=fb&utm_medium=cpc&utm_campaign=spring`,
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS]',
  ip: '203.0.113.7',
  hints: {},
});

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'log-bench-'));
  const rounds: Row[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      // Each way goes first as often as the other: a disk's journal remembers what came before.
      const modes: SyncMode[] = round % 2 === 0 ? ['dsync', 'fdatasync'] : ['fdatasync', 'dsync'];
      for (const mode of modes) rounds.push(...(await measureBoth(join(root, `${mode}-${round}`), mode)));
      rounds.push(await reading(join(root, `dsync-${round}`, 'full')));
    }
  } finally {
    await rm(root, { recursive: true });
  }
  const rows = medians(rounds);
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else console.table(rows);
}

async function measureBoth(directory: string, mode: SyncMode): Promise<Row[]> {
  const full = await measure(join(directory, 'full'), mode, fullSpeed);
  return [full, await measure(join(directory, 'paced'), mode, paced)];
}

type Load = (log: LogWriter, delays: number[]) => Promise<string>;

async function measure(directory: string, mode: SyncMode, load: Load): Promise<Row> {
  const log = await openLogWriter({ directory, openSegment: segmentOpener(mode) });
  const delays: number[] = [];
  const start = performance.now();
  const name = await load(log, delays);
  const perSecond = Math.round((delays.length * 1000) / (performance.now() - start));
  await log.close();
  delays.sort((a, b) => a - b);
  return {
    name: `append, ${mode}, ${name}`,
    perSecond,
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
  };
}

async function fullSpeed(log: LogWriter, delays: number[]): Promise<string> {
  const end = performance.now() + SECONDS * 1000;
  const caller = async () => {
    while (performance.now() < end) await timed(log, delays);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return `${CALLERS} callers`;
}

async function paced(log: LogWriter, delays: number[]): Promise<string> {
  const start = performance.now();
  const pending: Promise<void>[] = [];
  while (pending.length < SECONDS * PACED_PER_SECOND) {
    const due = ((performance.now() - start) * PACED_PER_SECOND) / 1000;
    while (pending.length < due) pending.push(timed(log, delays));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  return `${PACED_PER_SECOND}/s`;
}

async function timed(log: LogWriter, delays: number[]): Promise<void> {
  const start = performance.now();
  const { kind } = await log.append(RECORD);
  if (kind !== 'durable') throw new Error(`An append was ${kind}: is the disk full?`);
  delays.push(performance.now() - start);
}

async function reading(directory: string): Promise<Row> {
  const start = performance.now();
  let count = 0;
  let batch = await readLog({ directory, from: null });
  for (; !batch.atEnd; batch = await readLog({ directory, from: batch.next })) count += batch.records.length;
  const perSecond = Math.round((count * 1000) / (performance.now() - start));
  return { name: 'read, batches of 1,000', perSecond, p50Ms: null, p99Ms: null };
}

/** One row a name, each figure the median of its rounds. */
function medians(rounds: readonly Row[]): Row[] {
  const names = [...new Set(rounds.map(({ name }) => name))].sort();
  return names.map((name) => {
    const same = rounds.filter((row) => row.name === name);
    const median = (figure: (row: Row) => number | null) => {
      const figures = same.map(figure).filter((value) => value !== null);
      return figures.length === 0
        ? null
        : quantile(
            figures.sort((a, b) => a - b),
            0.5,
          );
    };
    return {
      name,
      perSecond: median((row) => row.perSecond) ?? 0,
      p50Ms: median((row) => row.p50Ms),
      p99Ms: median((row) => row.p99Ms),
    };
  });
}

function quantile(sorted: readonly number[], q: number): number {
  return Number((sorted[Math.floor(sorted.length * q)] ?? 0).toFixed(3));
}

await main();
