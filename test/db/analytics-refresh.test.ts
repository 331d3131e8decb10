import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refreshViews } from '../../src/jobs/refresh-views.ts';
import { findDaily } from '../../src/reports/analytics/daily.ts';
import { waitFor } from '../support/wait-for.ts';
import { type AnalyticsWorld, openAnalyticsWorld } from './analytics-world.ts';

let world: AnalyticsWorld;
beforeAll(async () => {
  world = await openAnalyticsWorld();
});
afterAll(() => world.close());

const { signal } = new AbortController();
let looks = 0;
/** Each an hour after the one before: no pause keeps it from refreshing, however long the last one took. */
const look = (now?: Date) => {
  looks += 1;
  return refreshViews(world.db, { now: now ?? new Date(Date.now() + looks * 3_600_000), signal });
};
/** The server tells its counters with some delay. */
const lookUntil = (kind: string) => waitFor(kind, async () => (await look()).kind === kind, { everyMs: 200 });

describe('the refresh of the views', () => {
  beforeEach(async () => {
    await world.refresh();
    await lookUntil('unchanged');
  });

  it('is skipped while nothing has changed, and done when something has', async () => {
    // Twice: what a connection counted before this test may be told between two looks.
    const calm = await waitFor('two looks that see nothing new', async () => {
      const both = [await look(), await look()];
      return both.every(({ kind }) => kind === 'unchanged') && both;
    });
    expect(calm).toEqual([{ kind: 'unchanged' }, { kind: 'unchanged' }]);
    await world.addClick('2026-11-10T12:00:00Z');
    await lookUntil('refreshed');
    expect((await findDaily(world.db, world.ask(10, 10))).totals.clicks).toBe(1);
  });

  it('waits for fifty times as long as it took, at most five minutes', async () => {
    const now = new Date();
    const set = (duration_ms: number) =>
      world.db.updateTable('view_refreshes').set({ duration_ms, marker: 'old', refreshed_at: now }).execute();
    const lookAfter = async (seconds: number) => (await look(new Date(now.getTime() + seconds * 1_000))).kind;
    await set(60_000);
    expect(await lookAfter(60)).toBe('not_yet');
    expect(await lookAfter(300)).toBe('refreshed');
    await set(100); // 0.4 s for the four of them
    expect(await lookAfter(19)).toBe('not_yet');
    expect(await lookAfter(20)).toBe('refreshed');
  });

  it('breaks off between two views when the program stops', async () => {
    const stopped = AbortSignal.abort();
    await expect(
      refreshViews(world.db, { now: new Date(), signal: stopped, isForced: true }),
    ).rejects.toThrow();
  });

  // The embedded database has one session: whoever reads waits for its turn.
  it.skipIf(process.env.TEST_BACKEND === 'embedded')('does not block who reads', async () => {
    const reader = await world.database.pool.connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from daily_conversions_summary');
      // The reader's lock is held until its transaction ends: a plain refresh would wait for it.
      expect(await world.refresh()).toMatchObject({ kind: 'refreshed' });
      await reader.query('commit');
    } finally {
      reader.release();
    }
  });

  it('refuses a zone that would break it', async () => {
    const change = world.db.updateTable('workspaces').set({ timezone: 'Mars/Olympus' }).execute();
    await expect(change).rejects.toThrow('not recognized');
  });
});
