// (d) POST /api/collect with one page view a request, against a bare node:http server that reads the body and answers a
// constant 202: both in this process, in turns, loaded by 64 connections of another one; then batches of a page view and
// 19 events. The log is a real one on the disk of TMPDIR. `node bench/collect.ts [--quick] [--json]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClientIpReader } from '../src/http/client-ip.ts';
import { createCollectHandler } from '../src/http/collect/collect-handler.ts';
import { buildMetrics } from '../src/http/metrics.ts';
import { openLogger } from '../src/io/logger.ts';
import type { LogWriter } from '../src/log/log-writer.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { type Figure, median, printFigures, readBenchOptions, round } from './figures.ts';
import { pin, placeApart } from './load/cores.ts';
import type { Loaded } from './load/load-order.ts';
import { buildVisits, SITE_ORIGIN } from './load/requests.ts';
import { medianOf, medianRatio } from './load/rounds.ts';
import { runLoad } from './load/run-load.ts';

const EVENTS_A_BATCH = 19;
const ITEMS_A_BATCH = EVENTS_A_BATCH + 1;
const SITE = {
  domainId: '0190aaaa-0000-7000-8000-000000000001',
  workspaceId: '0190aaaa-0000-7000-8000-000000000002',
  origins: [SITE_ORIGIN],
  isActive: true,
};

const options = readBenchOptions();
const LENGTH = options.quick ? { rounds: 3, seconds: 1 } : { rounds: 7, seconds: 2 };
const cores = placeApart();

const constantAnswer: RequestListener = (request, response) => {
  request
    .on('data', () => undefined)
    .on('end', () => {
      response.writeHead(202, ['content-type', 'application/json', 'content-length', '28']);
      response.end('{"accepted":1,"rejected":[]}');
    });
};

function buildHandler(log: LogWriter): RequestListener {
  return createCollectHandler({
    registry: {
      domain: (id) => (id === SITE.domainId ? SITE : undefined),
      isSiteOrigin: (origin) => origin === SITE_ORIGIN,
      workspace: () => undefined,
    },
    log,
    clientIp: createClientIpReader(1),
    clock: Date,
    metrics: buildMetrics(),
    logger: openLogger('error'),
    publicUrl: 'https://go.example.com',
    goRateLimit: 0,
  });
}

/** What was seen from outside, and the processor time of this process an answer. */
interface Measured {
  readonly loaded: Loaded;
  readonly cpuMicros: number;
}

async function listen(handler: RequestListener): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function measure(server: Server, events: number): Promise<Measured> {
  const { port } = server.address() as AddressInfo;
  const order = { port, connections: 64, seconds: LENGTH.seconds, perSecond: null };
  const before = process.cpuUsage();
  const loaded = await runLoad({ ...order, requests: buildVisits(SITE.domainId, events) }, cores.load);
  const { user, system } = process.cpuUsage(before);
  return { loaded, cpuMicros: (user + system) / loaded.answers };
}

const cpuOf = (rounds: readonly Measured[]): number =>
  round(median(rounds.map(({ cpuMicros }) => cpuMicros)));
const loadsOf = (rounds: readonly Measured[]): Loaded[] => rounds.map(({ loaded }) => loaded);

function buildFigures(bare: Measured[], single: Measured[], batch: Measured[]): Figure[] {
  const figure = (name: string, value: number, unit: string): Figure => ({ part: 'd', name, value, unit });
  const perSecond = (rounds: Measured[]) => round(medianOf(loadsOf(rounds), (loaded) => loaded.perSecond));
  const refused = [...single, ...batch].reduce(
    (sum, { loaded }) => sum + loaded.answers - (loaded.statuses['202'] ?? 0),
    0,
  );
  return [
    figure('bare node:http 202: throughput', perSecond(bare), '/s'),
    figure('bare node:http 202: CPU', cpuOf(bare), 'µs'),
    figure('collect, one page view: throughput', perSecond(single), '/s'),
    figure('collect, one page view: CPU', cpuOf(single), 'µs'),
    {
      ...figure(
        'collect, one page view: to the bare server',
        round(medianRatio(loadsOf(single), loadsOf(bare))),
        'ratio',
      ),
      goal: { atLeast: 0.4 },
    },
    figure(`collect, batches of ${ITEMS_A_BATCH}: items`, perSecond(batch) * ITEMS_A_BATCH, '/s'),
    figure('collect, batches: CPU an item', round(cpuOf(batch) / ITEMS_A_BATCH), 'µs'),
    { ...figure('collect: requests not answered by 202', refused, ''), goal: { atMost: 0 } },
  ];
}

const directory = await mkdtemp(join(tmpdir(), 'collect-bench-'));
const log = await openLogWriter({ directory });
const servers = [await listen(constantAnswer), await listen(buildHandler(log))] as const;
pin(process.pid, cores.program);
try {
  const [bare, single, batch]: [Measured[], Measured[], Measured[]] = [[], [], []];
  for (let turn = 0; turn <= LENGTH.rounds; turn += 1) {
    const turns = [
      await measure(servers[0], 0),
      await measure(servers[1], 0),
      await measure(servers[1], EVENTS_A_BATCH),
    ] as const;
    // The first round warms up.
    if (turn === 0) continue;
    bare.push(turns[0]);
    single.push(turns[1]);
    batch.push(turns[2]);
  }
  printFigures(buildFigures(bare, single, batch), options);
} finally {
  for (const server of servers) server.close().closeAllConnections();
  await log.close();
  await rm(directory, { recursive: true });
}
