// (g) The dashboards' questions at one million events of 90 days, and at ten (not with --quick): how long each answer takes
// from the views, how long the views take to be made, and how long the rows took. On a private PostgreSQL that need not
// survive a power cut. `node bench/analytics.ts [--quick] [--json]`.
import pg from 'pg';
import { openDatabase } from '../src/io/database.ts';
import { migrate } from '../src/io/migrate.ts';
import { MIGRATIONS_DIRECTORY } from '../src/io/migrations-directory.ts';
import { refreshViews } from '../src/jobs/refresh-views.ts';
import type { Question } from '../src/reports/analytics/answer.ts';
import { findCampaigns } from '../src/reports/analytics/campaigns.ts';
import { findDaily } from '../src/reports/analytics/daily.ts';
import { findOffline } from '../src/reports/analytics/offline.ts';
import { findOverview } from '../src/reports/analytics/overview.ts';
import { findVisitors } from '../src/reports/analytics/visitors.ts';
import { type PostgresServer, startPostgresServer } from '../test/support/postgres-server.ts';
import { type Figure, median, printFigures, readBenchOptions, round, say } from './figures.ts';
import { seedAnalytics } from './seed/analytics-rows.ts';

const options = readBenchOptions();
const SIZES = options.quick ? [1_000_000] : [1_000_000, 10_000_000];
const DAYS = 90;
const GOAL_MS = 300;
const RUNS = options.quick ? 3 : 7;
const UNTIL = new Date('2026-11-01T03:00:00Z');
/** The views are made anew at most every five minutes; they should take a small part of that. */
const REFRESH_GOAL_S = 60;
/** What a server of this size would have. */
const SETTINGS = {
  ...{ shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' },
  ...{ wal_level: 'minimal', max_wal_senders: '0', synchronous_commit: 'off' },
};

type Handle = Awaited<ReturnType<typeof openDatabase>>;

/** The middle of several answers, ms; the first one fills the caches. */
async function measureAnswer(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await ask();
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    await ask();
    times.push(performance.now() - start);
  }
  return median(times);
}

async function measureAnswers({ db }: Handle, workspaceId: string, size: string): Promise<Figure[]> {
  const range = { from: '2026-08-03', to: '2026-10-31', timezone: 'America/Sao_Paulo', isOwnZone: true };
  const ask = (groupBy: Question['groupBy'], filters: Question['filters'] = {}): Question => ({
    workspaceId,
    currency: 'BRL',
    range,
    groupBy,
    filters,
    limit: 1_000,
  });
  const site = { funnel: 'site' };
  const answers: readonly (readonly [string, () => Promise<{ data: readonly unknown[] }>])[] = [
    ['daily by day', () => findDaily(db, ask(['day']))],
    ['daily by day and hour', () => findDaily(db, ask(['day', 'hour']))],
    ['daily by source and campaign', () => findDaily(db, ask(['source', 'campaign']))],
    ['daily by hour, one campaign', () => findDaily(db, ask(['hour'], { campaign: 'campaign 0' }))],
    ['campaigns', () => findCampaigns(db, ask(['campaign']))],
    ['campaigns by day', () => findCampaigns(db, ask(['day', 'campaign']))],
    ['visitors by day', () => findVisitors(db, ask(['day']))],
    ['visitors by source and event', () => findVisitors(db, ask(['source', 'event_type']))],
    ['offline by source', () => findOffline(db, ask(['source'], site))],
    ['offline by channel', () => findOffline(db, ask(['channel'], site))],
    ['overview', async () => ({ data: (await findOverview(db, ask([]))).byDay })],
  ];
  const figures: Figure[] = [];
  for (const [name, find] of answers) {
    const value = round(await measureAnswer(find));
    figures.push({ part: 'g', name: `${size}: ${name}`, value, unit: 'ms', goal: { atMost: GOAL_MS } });
  }
  return figures;
}

async function measureRefresh({ db }: Handle, size: string): Promise<Figure[]> {
  await refreshViews(db, { now: new Date(), signal: new AbortController().signal, isForced: true });
  const made = await db.selectFrom('view_refreshes').select('duration_ms').execute();
  const value = round(made.reduce((sum, { duration_ms }) => sum + duration_ms, 0) / 1000);
  const goal = { atMost: REFRESH_GOAL_S };
  return [{ part: 'g', name: `${size}: all views made anew`, value, unit: 's', goal }];
}

async function measureSize(server: PostgresServer, events: number): Promise<Figure[]> {
  const size = `${events / 1_000_000} million events`;
  const url = new URL(server.url);
  url.pathname = `analytics_${events}`;
  await onServer(server.url, `create database analytics_${events}`);
  const handle = await openDatabase({ kind: 'postgres', url: url.href, statementTimeoutMs: SEED_TIMEOUT_MS });
  try {
    await migrate(handle, { directory: MIGRATIONS_DIRECTORY });
    say(`making ${size} …`);
    const start = performance.now();
    const { workspaceId } = await seedAnalytics(handle.pool, { seed: 7, events, days: DAYS, until: UNTIL });
    const seconds = round((performance.now() - start) / 1000);
    say(`${seconds} s; making the views …`);
    const refreshes = await measureRefresh(handle, size);
    await handle.pool.query('vacuum analyze');
    const answers = await measureAnswers(handle, workspaceId, size);
    return [
      ...answers,
      ...refreshes,
      { part: 'g', name: `${size}: rows made in`, value: seconds, unit: 's' },
    ];
  } finally {
    await handle.close();
    await onServer(server.url, `drop database analytics_${events} with (force)`);
  }
}

/** A statement that takes longer than this will not end in time anyway. */
const SEED_TIMEOUT_MS = 600_000;

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const server = await startPostgresServer(SETTINGS);
try {
  const figures: Figure[] = [];
  for (const events of SIZES) figures.push(...(await measureSize(server, events)));
  printFigures(figures, options);
} finally {
  await server.remove();
}
