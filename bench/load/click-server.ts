// The click route in a process of its own, as the server has it: real log in TMPDIR, recent clicks, metrics. Tells its
// port over its channel, and ends with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClientIpReader } from '../../src/http/client-ip.ts';
import { createGoHandler } from '../../src/http/go/go-handler.ts';
import { buildMetrics } from '../../src/http/metrics.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import { RecentClicks } from '../../src/projections/recent-clicks.ts';
import type { EdgePool } from '../../src/settings/types.ts';
import { buildEdgePool } from '../../test/fixtures/edge-pool.ts';

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

const server = createServer(go);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => {
  server.closeAllConnections();
  void log
    .close()
    .then(() => rm(directory, { recursive: true }))
    .then(() => process.exit());
});
