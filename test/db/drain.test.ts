import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildTrackingToken } from '../../src/domain/ids.ts';
import { findClick } from '../../src/projections/find-clicks.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { type DrainWorld, drainAll, FBP, openDrainWorld } from './drain-world.ts';

let database: OpenTestDatabase;
let world: DrainWorld;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  world = await openDrainWorld(database);
});
afterEach(() => world.close());

const stored = (token: string) => findClick(world.db, token);

async function forgetCheckpoint(): Promise<void> {
  await world.db.deleteFrom('log_checkpoints').where('instance_id', '=', world.instanceId).execute();
}

describe('folding', () => {
  test('a click becomes a row, a session, a count and a PageView', async () => {
    const click = world.click({
      url: 'https://go.example.com/go/shop?fbclid=AbC&utm_campaign=c1&grim=key&x=1',
    });
    await world.record(click);
    expect(await drainAll(world.drain)).toEqual({ folded: 1, corrupt: 0, refused: 0 });
    expect(await stored(click.token)).toMatchObject({
      fbclid: 'AbC',
      fbc: `fb.1.${click.at}.AbC`,
      fbcOrigin: 'generated',
      utmCampaign: 'c1',
      grim: 'key',
      urlParams: { x: '1' },
      clientIp: '189.1.2.3',
      isBotDetected: false,
    });
    const tables = await world.tables();
    expect(tables.sessions).toMatchObject([{ root_event_id: `evt_${click.token}`, fbclid: 'AbC' }]);
    expect(tables.counts).toMatchObject([{ pool_id: world.poolId, total_redirects: '1' }]);
    expect(tables.conversions).toMatchObject([
      { event_id: `evt_${click.token}`, conversion_name: 'page_view', hold_until: new Date(click.at + 3000) },
    ]);
  });

  test('the PageView of a direct click, or of one with an _fbp, waits for nothing', async () => {
    const clicks = [world.click({ mode: 'direct' }), world.click({ fbp: FBP })];
    await world.record(...clicks);
    await drainAll(world.drain);
    const rows = await world.db
      .selectFrom('conversions')
      .select(['occurred_at', 'hold_until'])
      .where('workspace_id', '=', world.workspaceId)
      .execute();
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.hold_until).toEqual(row.occurred_at);
  });

  test('programs are stored with a mark, not dropped', async () => {
    const click = world.click({ userAgent: 'python-requests/2.32.3' });
    const unnamed = world.click({ userAgent: null });
    await world.record(click, unnamed);
    await drainAll(world.drain);
    expect(await stored(click.token)).toMatchObject({ isBotDetected: true, botReasons: ['declared_bot'] });
    expect(await stored(unnamed.token)).toMatchObject({ botReasons: ['no_user_agent'] });
  });

  test('a month without a partition gets one', async () => {
    const click = world.click({ at: Date.UTC(2021, 6, 15) });
    await world.record(click);
    expect(await drainAll(world.drain)).toMatchObject({ folded: 1, refused: 0 });
    expect((await stored(click.token))?.createdAt).toEqual(new Date(Date.UTC(2021, 6, 15)));
  });

  test('a partition that was dropped after it was seen is made again', async () => {
    const clicks = [
      world.click({ at: Date.UTC(2021, 7, 1) }),
      world.click({ at: Date.UTC(2021, 7, 2) }),
    ] as const;
    await world.record(clicks[0]);
    await drainAll(world.drain);
    await sql`drop table clicks_2021_08`.execute(world.db);
    await world.record(clicks[1]);
    await expect(drainAll(world.drain)).rejects.toThrow(/partition/);
    expect(await drainAll(world.drain)).toMatchObject({ folded: 1, refused: 0 });
    expect(await stored(clicks[1].token)).not.toBeNull();
  });
});

describe('again and again', () => {
  async function recordMany(): Promise<void> {
    const clicks = Array.from({ length: 30 }, (_, i) =>
      world.click({ botId: i % 3 === 0 ? world.poolId : world.botId }),
    );
    const late = clicks.map(({ token, at }, i) =>
      i % 2 === 0 ? world.cookies(token) : world.consent(token, i % 4 === 1 ? 'denied' : 'granted', at + 50),
    );
    await world.record(
      ...clicks,
      ...late,
      world.uncounted('head'),
      world.uncounted('head'),
      world.uncounted('gate_rate'),
    );
  }

  test('the log from its beginning changes nothing', async () => {
    await recordMany();
    await drainAll(world.drain);
    const before = await world.tables();
    expect(before.uncounted).toMatchObject([
      { reason: 'gate_rate', visits: '1' },
      { reason: 'head', visits: '2' },
    ]);
    await forgetCheckpoint();
    expect(await drainAll(world.restartDrain())).toMatchObject({ folded: 63 });
    expect(await world.tables()).toEqual(before);
  });

  test('a lost projection is built again as it was', async () => {
    await recordMany();
    await drainAll(world.drain);
    const before = await world.tables();
    for (const table of [
      'clicks',
      'meta_tracking_sessions',
      'redirect_counts',
      'uncounted_visits',
      'conversions',
    ] as const)
      await world.db.deleteFrom(table).where('workspace_id', '=', world.workspaceId).execute();
    await forgetCheckpoint();
    await drainAll(world.restartDrain());
    expect(await world.tables()).toEqual(before);
  });

  test('two drains of one log fold each record once', async () => {
    await recordMany();
    const other = world.restartDrain();
    await Promise.all([drainAll(world.drain), drainAll(other)]);
    const counts = await world.db
      .selectFrom('redirect_counts')
      .select('total_redirects')
      .where('workspace_id', '=', world.workspaceId)
      .execute();
    expect(counts.reduce((sum, row) => sum + Number(row.total_redirects), 0)).toBe(30);
    expect(await world.drain.state()).toMatchObject({ folded: 63, lagBytes: 0, oldestUnfoldedMs: 0 });
  });

  test('a click that the log holds twice counts once', async () => {
    const click = world.click();
    await world.record(click, click);
    await drainAll(world.drain);
    expect((await world.tables()).counts).toMatchObject([{ total_redirects: '1' }]);
  });
});

describe('what cannot be folded', () => {
  const setAside = () => readdirSync(join(world.logDirectory, 'main', 'corrupt')).length;

  test('a record of a newer version, or with impossible values, stands aside and stops nothing', async () => {
    const [first, last] = [world.click(), world.click()];
    const odd = [
      { kind: 'hologram', at: Date.now() },
      { ...world.click(), at: 9e15 },
      { ...world.click(), poolId: 'no id' },
      { ...world.uncounted('head'), reason: 'whim' },
    ];
    await world.record(first, ...odd, last);
    expect(await drainAll(world.drain)).toEqual({ folded: 2, corrupt: 0, refused: 4 });
    expect(await stored(last.token)).not.toBeNull();
    expect(setAside()).toBe(4);
    expect(await world.drain.state()).toMatchObject({ folded: 2, refused: 4 });
  });

  test('a record that only the database refuses is found by halving', async () => {
    const poison = world.click({ language: 'x-poison' });
    await sql`alter table clicks add constraint no_poison check (accept_language <> 'x-poison')`.execute(
      world.db,
    );
    const clicks = Array.from({ length: 20 }, () => world.click());
    await world.record(...clicks.slice(0, 13), poison, ...clicks.slice(13));
    try {
      expect(await drainAll(world.drain)).toEqual({ folded: 20, corrupt: 0, refused: 1 });
    } finally {
      await sql`alter table clicks drop constraint no_poison`.execute(world.db);
    }
    expect((await world.tables()).counts).toMatchObject([{ total_redirects: '20' }]);
    expect(setAside()).toBe(1);
    expect(await world.drain.state()).toMatchObject({ folded: 20, refused: 1, lagBytes: 0 });
  });

  test('a damaged line is set aside and counted once', async () => {
    const [before, behind] = [world.click(), world.click()];
    await world.record(before);
    const [segment = ''] = readdirSync(join(world.logDirectory, 'main')).filter((name) =>
      name.endsWith('.log'),
    );
    appendFileSync(join(world.logDirectory, 'main', segment), 'deadbeef {"kind":"click"}\n');
    await world.record(behind);
    expect(await drainAll(world.drain)).toEqual({ folded: 2, corrupt: 1, refused: 0 });
    expect(await drainAll(world.restartDrain())).toEqual({ folded: 0, corrupt: 0, refused: 0 });
    expect(await world.drain.state()).toMatchObject({ folded: 2, corrupt: 1 });
    expect(setAside()).toBe(1);
  });
});

describe('the log’s own life', () => {
  test('segments go when they are folded and old enough; the newest stays', async () => {
    const segments = () =>
      readdirSync(join(world.logDirectory, 'main')).filter((name) => name.endsWith('.log'));
    await world.record(world.click());
    await world.record(world.click());
    expect(segments()).toHaveLength(2);
    const dayLater = { now: () => Date.now() + 86_400_001 };
    await drainAll(world.restartDrain({ clock: { now: () => Date.now() + 80_000_000 } }));
    expect(segments()).toHaveLength(2);
    await drainAll(world.restartDrain({ clock: dayLater }));
    expect(segments()).toHaveLength(1);
  });

  test('a log that was emptied and begun again is folded from its beginning', async () => {
    const click = world.click();
    await world.record(click, world.uncounted('head'));
    await drainAll(world.drain);
    rmSync(join(world.logDirectory, 'main'), { recursive: true });
    const next = world.click();
    await world.record(next, world.uncounted('head'));
    await world.db
      .updateTable('log_checkpoints')
      .set({ segment: 9_000_000_000 })
      .where('instance_id', '=', world.instanceId)
      .execute();
    expect(await drainAll(world.restartDrain())).toMatchObject({ folded: 2 });
    expect(await stored(next.token)).not.toBeNull();
    expect((await world.tables()).uncounted).toMatchObject([{ visits: '2' }]);
  });
});

describe('finding a click', () => {
  test('before the drain has folded it, and after', async () => {
    const fbclid = `IwAR${'x'.repeat(80)}`;
    const older = world.click({ url: `https://go.example.com/go/shop?fbclid=${fbclid}` });
    const newest = world.click({ url: `https://go.example.com/go/shop?fbclid=${fbclid}` });
    await world.record(older);
    await drainAll(world.drain);
    await world.record(newest);
    const hash = createHash('sha256').update(fbclid).digest('hex').slice(0, 32);
    for (const isFolded of [false, true]) {
      if (isFolded) await drainAll(world.drain);
      const found = await world.finder.byToken(newest.token);
      expect(found).toMatchObject({
        trackingToken: newest.token,
        fbclid,
        poolId: world.poolId,
        botId: world.botId,
      });
      const { finder, workspaceId } = world;
      expect((await finder.newestByFbclid(workspaceId, fbclid))?.trackingToken).toBe(newest.token);
      expect((await finder.newestByFbclidHash(workspaceId, hash))?.trackingToken).toBe(newest.token);
    }
  });

  test('never finds another workspace’s by fbclid, nor what does not exist', async () => {
    await world.record(world.click({ url: 'https://go.example.com/go/shop?fbclid=AD7' }));
    expect(await world.finder.newestByFbclid(world.botId, 'AD7')).toBeNull();
    expect(await world.finder.byToken(buildTrackingToken())).toBeNull();
  });
});
