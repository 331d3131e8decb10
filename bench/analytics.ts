// Measures the analytics at a million events of 90 days: how long each answer takes from the views, and how long the
// views take to be made. On PostgreSQL (TEST_DATABASE_URL, or a private server). `node bench/analytics.ts [--json]`.
import { performance } from 'node:perf_hooks';
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
import { startPostgresServer } from '../test/support/postgres-server.ts';
import { seedAnalytics } from './seed/analytics-rows.ts';

const EVENTS = 1_000_000;
const DAYS = 90;
const GOAL_MS = 300;
const RUNS = 9;
const UNTIL = new Date('2026-11-01T03:00:00Z');

interface Row {
  readonly name: string;
  readonly rows: number;
  readonly medianMs: number;
  readonly worstMs: number;
  /** Of the worst, to the goal: above 1 is too slow. */
  readonly toGoal: number;
}

type Handle = Awaited<ReturnType<typeof openDatabase>>;

async function measureAnswer(name: string, ask: () => Promise<number>): Promise<Row> {
  const times: number[] = [];
  let rows = await ask();
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    rows = await ask();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return buildRow(name, rows, { median: times[Math.floor(RUNS / 2)] ?? 0, worst: times.at(-1) ?? 0 });
}

function buildRow(name: string, rows: number, { median, worst }: { median: number; worst: number }): Row {
  const round = (value: number) => Number(value.toFixed(1));
  const toGoal = Number((worst / GOAL_MS).toFixed(2));
  return { name, rows, medianMs: round(median), worstMs: round(worst), toGoal };
}

async function measureAnswers({ db }: Handle, workspaceId: string): Promise<Row[]> {
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
  const rows: Row[] = [];
  for (const [name, find] of answers)
    rows.push(await measureAnswer(name, async () => (await find()).data.length));
  return rows;
}

async function measureRefresh({ db }: Handle): Promise<Row[]> {
  const options = { now: new Date(), signal: new AbortController().signal };
  await refreshViews(db, { ...options, isForced: true });
  await refreshViews(db, { ...options, isForced: true });
  const made = await db.selectFrom('view_refreshes').selectAll().orderBy('view_name').execute();
  return made.map((view) => {
    const time = { median: view.duration_ms, worst: view.duration_ms };
    return {
      ...buildRow(`refresh ${view.view_name}`, 0, time),
      toGoal: Number((view.duration_ms / 300_000).toFixed(4)),
    };
  });
}

async function measureOn(url: string): Promise<Row[]> {
  const handle = await openDatabase({ kind: 'postgres', url, statementTimeoutMs: 0 });
  try {
    await migrate(handle, { directory: MIGRATIONS_DIRECTORY });
    process.stderr.write(`making ${EVENTS} events …\n`);
    const { workspaceId } = await seedAnalytics(handle.pool, {
      seed: 7,
      events: EVENTS,
      days: DAYS,
      until: UNTIL,
    });
    process.stderr.write('making the views …\n');
    const refreshes = await measureRefresh(handle);
    await handle.pool.query('vacuum analyze');
    return [...(await measureAnswers(handle, workspaceId)), ...refreshes];
  } finally {
    await handle.close();
  }
}

async function inScratchDatabase(serverUrl: string): Promise<Row[]> {
  const name = `analytics_bench_${process.pid}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  try {
    await server.query(`create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = name;
    return await measureOn(url.href);
  } finally {
    await server.query(`drop database if exists ${name} with (force)`);
    await server.end();
  }
}

async function measure(): Promise<Row[]> {
  const given = process.env.TEST_DATABASE_URL ?? '';
  if (given !== '') return inScratchDatabase(given);
  const server = await startPostgresServer();
  try {
    return await inScratchDatabase(server.url);
  } finally {
    await server.remove();
  }
}

const rows = await measure();
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
