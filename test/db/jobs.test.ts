import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { systemClock } from '../../src/io/clock.ts';
import { openLogger } from '../../src/io/logger.ts';
import type { Job } from '../../src/jobs/job.ts';
import { ensureMonthsAhead, monthPartitionsJob } from '../../src/jobs/month-partitions.ts';
import { startJobs } from '../../src/jobs/start-jobs.ts';
import { tidyQueues } from '../../src/jobs/tidy-queues.ts';
import { listJobRuns } from '../../src/reports/job-runs.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await database.close();
});

const everyHour = { everySeconds: 3600 };
const start = (jobs: readonly Job<unknown>[], pool: OpenTestDatabase['pool'] = database.pool) =>
  startJobs({
    database: { db: database.db, pool },
    logger: openLogger('silent'),
    clock: systemClock,
    jobs,
    needs: {},
    pollSeconds: 0.5,
  });

const findRun = async (name: string) => (await listJobRuns(database.db)).find((run) => run.name === name);

describe('jobs of the clock', () => {
  it('run once, however many machines say that it is time', async () => {
    let runs = 0;
    const job: Job<unknown> = { name: 'once', schedule: everyHour, run: async () => `run ${++runs}` };
    const machines = [start([job]), start([job]), start([job])];
    await Promise.all(machines.map((machine) => machine.ready));
    await waitFor('the run', async () => (await findRun('once'))?.outcome === 'done');
    // Two more polls of each machine: a second run would have been taken by then.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await Promise.all(machines.map((machine) => machine.stop()));
    expect(runs).toBe(1);
    expect(await findRun('once')).toMatchObject({ note: 'run 1', error: null, runs: '1', failures: '0' });
  });

  it('tell their last error and are tried again', async () => {
    const job: Job<unknown> = {
      name: 'failing',
      schedule: everyHour,
      run: async () => {
        throw new Error('the disk is full');
      },
    };
    const machine = start([job]);
    const run = await waitFor('the failure', async () => {
      const found = await findRun('failing');
      return found?.outcome === 'failed' && found;
    });
    expect(run).toMatchObject({ error: 'the disk is full', last_success_at: null, failures: '1' });
    await waitFor('the next try', async () => {
      const { rows } = await database.pool.query(`select state from pgboss.job where name = 'failing'`);
      return rows[0]?.state === 'retry';
    });
    await machine.stop();
  });

  it('go on by themselves after the database was away at their start', async () => {
    let isAway = true;
    const pool = new Proxy(database.pool, {
      get: (target, key) => {
        if (key === 'query' && isAway)
          return () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const job: Job<unknown> = { name: 'patient', schedule: everyHour, run: async () => 'at last' };
    const machine = start([job], pool);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await findRun('patient')).toBeUndefined();
    isAway = false;
    await waitFor('the run', async () => (await findRun('patient'))?.outcome === 'done');
    await machine.stop();
  });

  it('are in the schedule by their cron, and leave it when they are gone', async () => {
    const schedules = async () =>
      (await database.pool.query('select name, cron from pgboss.schedule order by name')).rows;
    const old: Job<unknown> = { name: 'old', schedule: { cron: '0 4 * * *' }, run: async () => '' };
    const first = start([old]);
    await first.ready;
    expect(await schedules()).toEqual([{ name: 'old', cron: '0 4 * * *' }]);
    await first.stop();
    const second = start([{ ...old, name: 'new' }]);
    await second.ready;
    expect(await schedules()).toEqual([{ name: 'new', cron: '0 4 * * *' }]);
    await second.stop();
  });
});

describe('the work of the jobs', () => {
  it('makes the months ahead of every monthly table, once', async () => {
    const inTwoYears = new Date(Date.UTC(new Date().getUTCFullYear() + 2, 0, 15));
    const { rows } = await database.pool.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace`,
    );
    expect(rows.map((row) => row.name)).toEqual(
      expect.arrayContaining(['clicks', 'events', 'leads', 'page_views', 'utm_tracking']),
    );
    expect(await ensureMonthsAhead(database.db, inTwoYears)).toBe(rows.length * 4);
    expect(await ensureMonthsAhead(database.db, inTwoYears)).toBe(0);
    expect(await monthPartitionsJob.run({ database }, new AbortController().signal)).toMatch(/months|made/);
  });

  it('forgets what the queues settled more than 30 days ago, and nothing that waits', async () => {
    const now = new Date();
    const old = new Date(now.getTime() - 31 * 86_400_000);
    const bot_id = await addBot();
    const row = (dedupe_key: string, state: string, created_at: Date) => ({
      message_id: buildId(),
      workspace_id: buildId(),
      bot_id,
      chat_id: '1',
      dedupe_key,
      body: Buffer.from('x'),
      state,
      created_at,
    });
    await database.db
      .insertInto('bot_messages')
      .values([row('a', 'sent', old), row('b', 'due', old), row('c', 'sent', now), row('d', 'failed', old)])
      .execute();
    expect(await tidyQueues(database.db, now, new AbortController().signal)).toBe(2);
    const left = await database.db
      .selectFrom('bot_messages')
      .select('dedupe_key')
      .orderBy('dedupe_key')
      .execute();
    expect(left.map((message) => message.dedupe_key)).toEqual(['b', 'c']);
  });
});

async function addBot(): Promise<string> {
  const { db } = database;
  const { workspace_id } = await saveWorkspace(db, { name: 'Jobs' });
  const bot_id = buildId();
  const secrets = { telegram_token: Buffer.from('x'), webhook_secret: Buffer.from('x') };
  const bot = { bot_id, workspace_id, name: 'Bot', username: 'bot', telegram_bot_id: '1', ...secrets };
  await db.insertInto('bots').values(bot).execute();
  return bot_id;
}
