// Measures the drain: rows a second from the capture log into the embedded database and, where TEST_DATABASE_URL
// names one, into a scratch database on that PostgreSQL server. `node bench/drain.ts [--json]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { buildId, buildTrackingToken } from '../src/domain/ids.ts';
import { type DatabaseHandle, openDatabase } from '../src/io/database.ts';
import { openLogger } from '../src/io/logger.ts';
import { migrate } from '../src/io/migrate.ts';
import { openVault } from '../src/io/vault.ts';
import { openFileLog } from '../src/log/file-log.ts';
import { openLogWriter } from '../src/log/writer.ts';
import { createDrain } from '../src/projections/drain.ts';
import { createEnricher } from '../src/projections/enrich.ts';

const CLICKS = 20_000;
const MIGRATIONS = join(import.meta.dirname, '../migrations');

interface Row {
  readonly name: string;
  readonly clicks: number;
  readonly seconds: number;
  readonly perSecond: number;
}

async function recordClicks(logDirectory: string, { withCookies }: { withCookies: boolean }): Promise<void> {
  const log = await openLogWriter({ directory: join(logDirectory, 'main') });
  const [workspaceId, poolId, botId] = [buildId(), buildId(), buildId()];
  const at = Date.now();
  const appended: Promise<unknown>[] = [];
  for (let i = 0; i < CLICKS; i += 1) {
    const token = buildTrackingToken();
    const url = `https://go.example.com/go/shop?fbclid=${'Iw'.repeat(30)}${token}&utm_source=fb&utm_campaign=c${i % 40}&ad=${i}`;
    const userAgent = `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram ${i}`;
    const visitor = { fbp: null, fbc: null, fbi: null, ip: `189.1.${i % 250}.7`, userAgent, hints: {} };
    const click = {
      kind: 'click',
      at: at + i,
      token,
      workspaceId,
      poolId,
      botId,
      mode: 'bridge',
      url,
      consent: 'granted',
    };
    appended.push(log.append(JSON.stringify({ ...click, ...visitor, referrer: null, language: 'pt-BR' })));
    if (!withCookies) continue;
    const cookies = { fbp: `fb.1.${at}.${i}`, fbc: null, fbi: null, pageType: 'bridge' };
    appended.push(log.append(JSON.stringify({ kind: 'cookies', at: at + i + 1, token, ...cookies })));
  }
  await Promise.all(appended);
  await log.close();
}

async function measure(name: string, handle: DatabaseHandle, withCookies: boolean): Promise<Row> {
  const directory = mkdtempSync(join(tmpdir(), 'drain-bench-'));
  try {
    await recordClicks(directory, { withCookies });
    const enricher = createEnricher({ geo: null });
    const ipHashSalt = 'a salt of the benchmark';
    const leads = { vault: openVault({ key: ipHashSalt.repeat(2) }), hashKey: ipHashSalt, ipHashSalt };
    const log = openFileLog({ directory, instanceId: buildId() });
    const settings = { log, ipHashSalt, leads, enricher };
    const drain = createDrain({ db: handle.db, ...settings, logger: openLogger('silent'), clock: Date });
    const start = performance.now();
    while ((await drain.runOnce()).hasMore);
    const seconds = (performance.now() - start) / 1000;
    const what = withCookies ? 'clicks and their cookies' : 'clicks';
    return {
      name: `${name}, ${what}`,
      clicks: CLICKS,
      seconds: Number(seconds.toFixed(2)),
      perSecond: Math.round(CLICKS / seconds),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measureBoth(name: string, handle: DatabaseHandle): Promise<Row[]> {
  try {
    await migrate(handle, { directory: MIGRATIONS });
    return [await measure(name, handle, false), await measure(name, handle, true)];
  } finally {
    await handle.close();
  }
}

async function onEmbedded(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'drain-bench-data-'));
  try {
    return await measureBoth('embedded', await openDatabase({ kind: 'embedded', dataDir, access: 'own' }));
  } finally {
    rmSync(dataDir, { recursive: true, maxRetries: 3 });
  }
}

async function onPostgres(serverUrl: string): Promise<Row[]> {
  const name = `drain_bench_${process.pid}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  try {
    await server.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = name;
    return await measureBoth('PostgreSQL', await openDatabase({ kind: 'postgres', url: url.href }));
  } finally {
    await server.query(`drop database if exists ${name} with (force)`);
    await server.end();
  }
}

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const rows = [...(await onEmbedded()), ...(serverUrl === '' ? [] : await onPostgres(serverUrl))];
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
