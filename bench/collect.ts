// Measures POST /api/collect with one page view a request (real log on the disk of TMPDIR) against a bare node:http
// server that reads the body and answers a constant 202, in the same run: 64 connections from a child process, in
// turns, medians of the rounds' ratios; then how many requests a second the drain folds. `node bench/collect.ts [--json]`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { CollectFact } from '../src/domain/facts.ts';
import { buildId } from '../src/domain/ids.ts';
import { createClientIpReader } from '../src/http/client-ip.ts';
import { createCollectHandler } from '../src/http/collect/collect-handler.ts';
import { buildMetrics } from '../src/http/metrics.ts';
import { openDatabase } from '../src/io/database.ts';
import { openLogger } from '../src/io/logger.ts';
import { migrate } from '../src/io/migrate.ts';
import { openVault } from '../src/io/vault.ts';
import { openFileLog } from '../src/log/file-log.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { createDrain } from '../src/projections/drain.ts';
import { createEnricher } from '../src/projections/enrich.ts';
import { saveDomain } from '../src/settings/domains.ts';
import { saveWorkspace } from '../src/settings/workspaces.ts';

const CONNECTIONS = 64;
const SECONDS = 2;
const ROUNDS = 5;
const FOLDED = 10_000;
const ORIGIN = 'https://shop.example.com';
const SITE = {
  domainId: '0190aaaa-0000-7000-8000-000000000001',
  workspaceId: '0190aaaa-0000-7000-8000-000000000002',
  origins: [ORIGIN],
  isActive: true,
};
const PHONE =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';
const PAGE = `${ORIGIN}/offer?utm_source=FB&utm_medium=paid&utm_campaign=spring%7C1202&fbclid=IwZXh0bgNhZW0BMABhZGlkAasF9f5abcdBHmZ3bqWv9xYkT0q_aem_Xyz`;

interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly ratio?: number;
  /** Of the serving process, an answer. Steadier than the rest while other programs run beside. */
  readonly cpuMicros?: number;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

function buildRequest(): string {
  const now = new Date().toISOString();
  const item = {
    ...{ type: 'page_view', id: buildId(), occurred_at: now, page_url: PAGE, title: 'Offer' },
    referrer: 'https://l.facebook.com/',
    consent: { ads: 'granted', analytics: 'granted' },
    cookies: { _fbp: 'fb.1.1795000000000.1234567890123456' },
  };
  const body = JSON.stringify({
    domain_id: SITE.domainId,
    session_id: buildId(),
    sent_at: now,
    items: [item],
  });
  const head = [
    'POST /api/collect HTTP/1.1',
    'Host: go.example.com',
    `Origin: ${ORIGIN}`,
    `Referer: ${ORIGIN}/`,
    `User-Agent: ${PHONE}`,
    'Accept: */*',
    'Accept-Language: pt-BR,pt;q=0.9',
    'Accept-Encoding: gzip, deflate, br',
    'Content-Type: text/plain;charset=UTF-8',
    'X-Forwarded-For: 198.51.100.9',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const constantAnswer: RequestListener = (request, response) => {
  request
    .on('data', () => undefined)
    .on('end', () => {
      response.writeHead(202, ['content-type', 'application/json', 'content-length', '28']);
      response.end('{"accepted":1,"rejected":[]}');
    });
};

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'collect-bench-'));
  try {
    const rows = [...(await measureRoute(directory)), await measureFold(directory)];
    if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
    else console.table(rows);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measureRoute(directory: string): Promise<Row[]> {
  const log = await openLogWriter({ directory: join(directory, 'route') });
  const collect = createCollectHandler({
    registry: {
      domain: (id) => (id === SITE.domainId ? SITE : undefined),
      isSiteOrigin: (origin) => origin === ORIGIN,
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
  const [bare, route]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pair = [await measure(constantAnswer), await measure(collect)] as const;
    // The first round warms up.
    if (round === 0) continue;
    bare.push(pair[0]);
    route.push(pair[1]);
  }
  await log.close();
  const ratios = route.map(({ perSecond }, index) => perSecond / (bare[index]?.perSecond ?? 1));
  return [
    { name: 'bare node:http 202', ratio: 1, ...summarize(bare) },
    { name: 'collect, one page view', ratio: Number(median(ratios).toFixed(2)), ...summarize(route) },
  ];
}

function summarize(rounds: readonly Measured[]): Measured {
  return {
    perSecond: Math.round(median(rounds.map((round) => round.perSecond))),
    cpuMicros: Number(median(rounds.map((round) => round.cpuMicros)).toFixed(1)),
  };
}

async function measure(handler: RequestListener): Promise<Measured> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const child = fork(import.meta.filename, ['--load']);
  child.send((server.address() as AddressInfo).port);
  const before = process.cpuUsage();
  const [perSecond] = (await once(child, 'message')) as [number];
  const { user, system } = process.cpuUsage(before);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { perSecond, cpuMicros: (user + system) / (perSecond * SECONDS) };
}

/** Runs in the child: each connection sends its next request when its answer has come. */
async function runLoad(port: number): Promise<number> {
  const requests = Array.from({ length: 256 }, buildRequest);
  let answers = 0;
  let isOver = false;
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, index) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let sent = index;
      const send = (): void => {
        sent += 1;
        socket.write(requests[sent % requests.length] ?? '');
      };
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        if (!chunk.startsWith('HTTP/1.1 202')) throw new Error(chunk);
        answers += 1;
        if (!isOver) send();
      });
      await once(socket, 'connect');
      return { socket, send };
    }),
  );
  const started = performance.now();
  for (const { send } of sockets) send();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  isOver = true;
  const seconds = (performance.now() - started) / 1000;
  for (const { socket } of sockets) socket.destroy();
  return answers / seconds;
}

/** New sessions of one page view each: the dearest request to fold. */
async function measureFold(directory: string): Promise<Row> {
  const database = await openDatabase({ kind: 'embedded', dataDir: join(directory, 'database') });
  try {
    await migrate(database, { directory: join(import.meta.dirname, '..', 'migrations') });
    const { db } = database;
    const workspaceId = (await saveWorkspace(db, { name: 'Bench' })).workspace_id;
    const site = {
      workspaceId,
      name: 'Shop',
      origin: ORIGIN,
      allowedOrigins: [],
      isActive: true,
      metadata: {},
    };
    const domainId = (await saveDomain(db, site)).domain_id;
    const logs = join(directory, 'folded');
    const log = await openLogWriter({ directory: join(logs, '0') });
    await Promise.all(
      Array.from({ length: FOLDED }, (_, index) =>
        log.append(JSON.stringify(buildFact({ workspaceId, domainId, index }))),
      ),
    );
    await log.close();
    const ipHashSalt = 'a salt of the benchmark';
    const leads = { vault: openVault({ key: ipHashSalt.repeat(2) }), hashKey: ipHashSalt, ipHashSalt };
    const folded = openFileLog({ directory: logs, instanceId: buildId() });
    const parts = { db, log: folded, ipHashSalt, leads, clock: Date };
    const drain = createDrain({
      ...parts,
      enricher: createEnricher({ geo: null }),
      logger: openLogger('silent'),
    });
    const started = performance.now();
    while ((await drain.runOnce()).hasMore);
    const perSecond = Math.round(FOLDED / ((performance.now() - started) / 1000));
    return { name: 'folded, embedded database', perSecond };
  } finally {
    await database.close();
  }
}

function buildFact(of: { workspaceId: string; domainId: string; index: number }): CollectFact {
  const at = Date.now() - FOLDED + of.index;
  const { workspaceId, domainId, index } = of;
  return {
    ...{ kind: 'collect', at, workspaceId, domainId, sessionId: buildId(), visitorId: null, skewMs: 20 },
    ...{ ip: `189.${index >> 12}.${(index >> 4) & 255}.${index & 15}`, userAgent: PHONE, isSpam: false },
    items: [
      {
        ...{ type: 'page_view', id: buildId(), at, pageUrl: PAGE, referrer: null, title: 'Offer' },
        ...{ timeOnPage: null, exitPage: false, cookies: null },
        consent: { ads: 'granted', analytics: 'granted' },
      },
    ],
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

if (process.argv.includes('--load')) {
  process.once('message', (port: number) => {
    void runLoad(port).then((perSecond) => process.send?.(perSecond, () => process.exit()));
  });
} else {
  await main();
}
