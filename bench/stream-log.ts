// Measures the capture log on NATS JetStream beside the one on the disk: appends by 64 concurrent callers and at 2,000 a
// second, on one node and on three, and what one message a record would cost. All nodes run on this machine, so that
// they share its cores and its disk. Medians of four rounds. `node bench/stream-log.ts [--json]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CaptureStream } from '../src/log/nats/capture-stream.ts';
import { readStreamAddress } from '../src/log/nats/stream-settings.ts';
import { openStreamWriter } from '../src/log/nats/stream-writer.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { type NatsCluster, startNatsCluster } from '../test/support/nats-servers.ts';

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One way to make a record durable. */
interface Way {
  readonly name: string;
  append(json: string): Promise<unknown>;
  close(): Promise<void>;
}

const CALLERS = 64;
const SECONDS = 2;
const ROUNDS = 4;
const PACED_PER_SECOND = 2000;
const RECORD = JSON.stringify({ kind: 'click', at: 1_760_000_000_000, text: 'x'.repeat(430) });
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'stream-bench-'));
  const [one, three] = await Promise.all([startNatsCluster(1), startNatsCluster(3)]);
  const rounds: Row[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const directory = join(root, String(round));
      const ways = [
        () => openFiles(join(directory, 'files')),
        () => openWay({ name: 'one node', cluster: one, replicas: 1, directory: join(directory, 'one') }),
        () =>
          openWay({ name: 'three nodes', cluster: three, replicas: 3, directory: join(directory, 'three') }),
        () => openSingles(three),
      ];
      for (const open of round % 2 === 0 ? ways : ways.reverse()) rounds.push(...(await measure(open)));
    }
  } finally {
    await Promise.all([one.remove(), three.remove()]);
    await rm(root, { recursive: true });
  }
  const rows = medians(rounds);
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else console.table(rows);
}

async function openFiles(directory: string): Promise<Way> {
  const writer = await openLogWriter({ directory });
  return { name: 'files', append: (json) => writer.append(json), close: () => writer.close() };
}

async function connectTo(cluster: NatsCluster, replicas: number): Promise<CaptureStream> {
  const address = readStreamAddress(cluster.url);
  if (address === null) throw new Error(`no address: ${cluster.url}`);
  const settings = { ...address, credsFile: null, stream: `BENCH_${replicas}`, replicas, timeoutMs: 10_000 };
  const stream = new CaptureStream(settings, QUIET);
  await stream.ready(20_000);
  return stream;
}

async function openWay(of: {
  readonly name: string;
  readonly cluster: NatsCluster;
  readonly replicas: number;
  readonly directory: string;
}): Promise<Way> {
  const stream = await connectTo(of.cluster, of.replicas);
  const file = await openLogWriter({ directory: of.directory });
  const writer = openStreamWriter({ stream, file, machine: 'bench', isCounted: () => false });
  return {
    name: `stream, ${of.name}`,
    append: (json) => writer.append(json),
    close: async () => {
      const { diverted } = writer.streamState();
      await writer.close();
      await stream.close();
      if (diverted > 0) throw new Error(`${diverted} records went to the disk: these figures say nothing.`);
    },
  };
}

async function openSingles(cluster: NatsCluster): Promise<Way> {
  const stream = await connectTo(cluster, 3);
  const { access, settings } = stream;
  if (access === null) throw new Error('the cluster is away');
  return {
    name: 'stream, three nodes, one message a record',
    append: (json) => access.js.publish(`${settings.stream}.single`, json, { timeout: 10_000 }),
    close: () => stream.close(),
  };
}

async function measure(open: () => Promise<Way>): Promise<Row[]> {
  const way = await open();
  const rows = [
    await run(way, fullSpeed, `${CALLERS} callers`),
    await run(way, paced, `${PACED_PER_SECOND}/s`),
  ];
  await way.close();
  return rows;
}

async function run(way: Way, load: typeof paced, how: string): Promise<Row> {
  const delays: number[] = [];
  const start = performance.now();
  await load(way, delays);
  const perSecond = Math.round((delays.length * 1000) / (performance.now() - start));
  delays.sort((a, b) => a - b);
  return {
    name: `${way.name}, ${how}`,
    perSecond,
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
  };
}

async function fullSpeed(way: Way, delays: number[]): Promise<void> {
  const end = performance.now() + SECONDS * 1000;
  const caller = async () => {
    while (performance.now() < end) await timed(way, delays);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function paced(way: Way, delays: number[]): Promise<void> {
  const start = performance.now();
  const pending: Promise<void>[] = [];
  while (pending.length < SECONDS * PACED_PER_SECOND) {
    const due = ((performance.now() - start) * PACED_PER_SECOND) / 1000;
    while (pending.length < due) pending.push(timed(way, delays));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
}

async function timed(way: Way, delays: number[]): Promise<void> {
  const start = performance.now();
  await way.append(RECORD);
  delays.push(performance.now() - start);
}

/** One row a name, each figure the median of its rounds. */
function medians(rounds: readonly Row[]): Row[] {
  return [...Map.groupBy(rounds, ({ name }) => name)].map(([name, same]) => {
    const median = (figure: (row: Row) => number) =>
      quantile(
        same.map(figure).sort((a, b) => a - b),
        0.5,
      );
    return {
      name,
      perSecond: median((row) => row.perSecond),
      p50Ms: median((row) => row.p50Ms),
      p99Ms: median((row) => row.p99Ms),
    };
  });
}

function quantile(sorted: readonly number[], q: number): number {
  return Number((sorted[Math.floor(sorted.length * q)] ?? 0).toFixed(3));
}

await main();
