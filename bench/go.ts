// Measures the whole click route (real log on the disk of TMPDIR) against a bare node:http constant 302 in the same
// run: 64 connections from a child process, in turns, medians of the rounds' ratios; then the delay at 2,000 a second.
// `node bench/go.ts [--json]`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createClientIpReader } from '../src/http/client-ip.ts';
import { createGoHandler } from '../src/http/go/go-handler.ts';
import { buildMetrics } from '../src/http/metrics.ts';
import { openLogger } from '../src/io/logger.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { RecentClicks } from '../src/projections/recent-clicks.ts';
import type { EdgePool } from '../src/settings/types.ts';
import { buildEdgePool } from '../test/fixtures/edge-pool.ts';

const CONNECTIONS = 64;
const SECONDS = 2;
const ROUNDS = 5;
const PACED_PER_SECOND = 2000;
const QUERY =
  '?fbclid=IwZXh0bgNhZW0BMABhZGlkAasF9f5abcdBHmZ3bqWv9xYkT0q_aem_Xyz0123456789abcdefg&utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&utm_content=video%201%7C33&utm_term=feed&src=a';
const HEADERS = [
  'Host: go.example.com',
  'User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/23A341 Instagram 400.0.0.30.80 (iPhone14,5; iOS 26_0; pt_BR; pt; scale=3.00; 1170x2532; 780000000)',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: pt-BR,pt;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Cookie: _fbp=fb.1.1795000000000.1234567890123456',
  'Referer: https://l.instagram.com/',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: cross-site',
  'X-Forwarded-For: 198.51.100.9',
].join('\r\n');

interface Load {
  readonly port: number;
  readonly path: string;
  readonly paced: boolean;
}

interface Loaded {
  readonly answers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Measured extends Loaded {
  /** Of the serving process, an answer. Steadier than the rest while other programs run beside. */
  readonly cpuMicros: number;
}

interface Row extends Omit<Measured, 'answers'> {
  readonly name: string;
  readonly ratio: number;
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'go-bench-'));
  const log = await openLogWriter({ directory: join(directory, '0') });
  const recent = new RecentClicks();
  const pools = new Map<string, EdgePool>([
    ['direct', buildEdgePool({ mode: 'direct' })],
    ['bridge', buildEdgePool()],
  ]);
  const go = createGoHandler({
    registry: { poolBySlug: (slug) => pools.get(slug) },
    log,
    onCaptured: (fact, json) => recent.keep(fact.token, json),
    clientIp: createClientIpReader(1),
    clock: Date,
    logger: openLogger('error'),
    metrics: buildMetrics(),
    publicUrl: 'https://go.example.com',
    goRateLimit: 1_000_000_000,
    geoCountry: null,
  });
  try {
    const rows = await measureAll(go);
    if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
    else console.table(rows);
  } finally {
    await log.close();
    await rm(directory, { recursive: true });
  }
}

const constantRedirect: RequestListener = (_request, response) => {
  response.writeHead(302, ['location', 'https://t.me/sample_shop_bot', 'content-length', '0']);
  response.end();
};

async function measureAll(go: RequestListener): Promise<Row[]> {
  const servers = [
    { name: 'bare node:http 302', handler: constantRedirect, path: '/go/direct' },
    { name: 'click, redirect', handler: go, path: '/go/direct' },
    { name: 'click, bridge page', handler: go, path: '/go/bridge' },
  ];
  const full: Measured[][] = servers.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, server] of servers.entries()) {
      const loaded = await measure(server.handler, { path: server.path, paced: false });
      // The first round warms up.
      if (round > 0) full[index]?.push(loaded);
    }
  }
  const rows: Row[] = [];
  for (const [index, server] of servers.entries()) {
    const ratios = (full[index] ?? []).map(
      (loaded, at) => loaded.perSecond / (full[0]?.[at]?.perSecond ?? 1),
    );
    const perSecond = Math.round(median((full[index] ?? []).map((loaded) => loaded.perSecond)));
    const delay = await measure(server.handler, { path: server.path, paced: true });
    const ratio = Number(median(ratios).toFixed(2));
    const cpuMicros = Number(median((full[index] ?? []).map((loaded) => loaded.cpuMicros)).toFixed(1));
    rows.push({ name: server.name, ratio, perSecond, cpuMicros, p50Ms: delay.p50Ms, p99Ms: delay.p99Ms });
  }
  return rows;
}

async function measure(handler: RequestListener, load: Omit<Load, 'port'>): Promise<Measured> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = fork(import.meta.filename, ['--load'], { serialization: 'advanced' });
  const exited = once(child, 'exit');
  const before = process.cpuUsage();
  child.send({ ...load, port } satisfies Load);
  const [loaded] = (await once(child, 'message')) as [Loaded];
  const { user, system } = process.cpuUsage(before);
  await exited;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { ...loaded, cpuMicros: (user + system) / loaded.answers };
}

/** The child: one request at a time on each connection. */
async function runLoad({ port, path, paced }: Load): Promise<Loaded> {
  const request = `GET ${path}${QUERY} HTTP/1.1\r\n${HEADERS}\r\n\r\n`;
  const delays: number[] = [];
  const free: Client[] = [];
  const isOver = clockOf(SECONDS);
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      openClient(port, (client, delay) => {
        delays.push(delay);
        if (paced) free.push(client);
        else if (!isOver()) client.send(request);
      }),
    ),
  );
  const started = performance.now();
  if (paced) await sendPaced({ clients, free, request, isOver });
  else for (const client of clients) client.send(request);
  while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 20));
  const seconds = (performance.now() - started) / 1000;
  for (const client of clients) client.close();
  delays.sort((a, b) => a - b);
  const quantile = (share: number) => Number((delays[Math.floor(delays.length * share)] ?? 0).toFixed(2));
  return {
    answers: delays.length,
    perSecond: delays.length / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

interface Pace {
  readonly clients: readonly Client[];
  readonly free: Client[];
  readonly request: string;
  readonly isOver: () => boolean;
}

async function sendPaced({ clients, free, request, isOver }: Pace): Promise<void> {
  free.push(...clients);
  const started = performance.now();
  for (let sent = 0; !isOver(); ) {
    const due = ((performance.now() - started) / 1000) * PACED_PER_SECOND;
    for (; sent < due; sent += 1) free.shift()?.send(request);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

interface Client {
  send(request: string): void;
  close(): void;
}

/** Counts an answer when its declared length has come; `onAnswer` gets the delay in ms. */
async function openClient(port: number, onAnswer: (client: Client, delay: number) => void): Promise<Client> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sentAt = 0;
  let received = '';
  const client: Client = {
    send: (request) => {
      sentAt = performance.now();
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    received = '';
    onAnswer(client, performance.now() - sentAt);
  });
  await once(socket, 'connect');
  return client;
}

function clockOf(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (process.argv.includes('--load')) {
  process.once('message', (load: Load) => {
    void runLoad(load).then((loaded) => process.send?.(loaded, () => process.exit()));
  });
} else {
  await main();
}
