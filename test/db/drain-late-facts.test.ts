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

describe('what a page tells later', () => {
  test('cookies in the click’s own batch merge, and end the PageView’s wait', async () => {
    const click = world.click({ url: 'https://go.example.com/go/shop?fbclid=AD1' });
    const cookies = world.cookies(click.token, { fbc: 'fb.1.5.AD1.AQQCAQAA' });
    await world.record(click, cookies);
    await drainAll(world.drain);
    const merged = { fbp: FBP, fbpOrigin: 'posted', fbc: 'fb.1.5.AD1.AQQCAQAA', fbcOrigin: 'cookie' };
    expect(await stored(click.token)).toMatchObject(merged);
    const { sessions, conversions } = await world.tables();
    expect(sessions).toMatchObject([{ fbp: FBP, fbc: merged.fbc }]);
    expect(conversions).toMatchObject([{ hold_until: new Date(cookies.at) }]);
  });

  test('cookies in a later batch merge too', async () => {
    const click = world.click();
    await world.record(click);
    await drainAll(world.drain);
    await world.record(world.cookies(click.token));
    await drainAll(world.drain);
    expect(await stored(click.token)).toMatchObject({ fbp: FBP, fbpOrigin: 'posted' });
  });

  test('cookies and a choice that another process’s log tells before the click wait for it', async () => {
    const click = world.click({ consent: 'pending' });
    await world.recordElsewhere(
      world.cookies(click.token),
      world.consent(click.token, 'granted', click.at + 9),
    );
    await drainAll(world.drain);
    expect(await stored(click.token)).toBeNull();
    await world.record(click);
    await drainAll(world.drain);
    expect(await stored(click.token)).toMatchObject({ fbp: FBP, consent: 'granted' });
    const waiting = await world.db
      .selectFrom('early_facts')
      .where('tracking_token', '=', click.token)
      .selectAll()
      .execute();
    expect(waiting).toEqual([]);
  });

  test('cookies never replace a better value, and of an unknown token change nothing', async () => {
    const own = 'fb.1.1600000000000.42';
    const click = world.click({ fbp: own, url: 'https://go.example.com/go/shop?fbclid=AD1' });
    await world.record(
      click,
      world.cookies(click.token, { fbc: 'fb.1.5.AD2' }),
      world.cookies(buildTrackingToken()),
    );
    expect(await drainAll(world.drain)).toMatchObject({ folded: 3, refused: 0 });
    expect(await stored(click.token)).toMatchObject({
      fbp: own,
      fbpOrigin: 'cookie',
      fbc: `fb.1.${click.at}.AD1`,
    });
  });

  test('the newest choice holds for the click and its conversions', async () => {
    const click = world.click({ consent: 'pending' });
    await world.record(
      click,
      world.consent(click.token, 'granted', click.at + 5),
      world.consent(click.token, 'denied', click.at + 9),
    );
    await drainAll(world.drain);
    await world.record(world.consent(click.token, 'granted', click.at + 5));
    await drainAll(world.drain);
    expect(await stored(click.token)).toMatchObject({ consent: 'denied' });
    expect((await world.tables()).conversions).toMatchObject([{ consent: 'denied' }]);
  });
});
