import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildId } from '../../src/domain/ids.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

const FOUR = ['google_ads', 'meta', 'tiktok', 'linkedin'] as const;

async function addDestinations(platforms: readonly string[]) {
  for (const platform of platforms) await world.addDestination(platform === 'meta' ? {} : { platform });
}

/** Rounds of a sender, each a while after the one before, so that Google is asked after what it took. */
async function send(rounds = 6, everyMs = 20_000): Promise<void> {
  const sender = world.sender();
  for (let round = 0; round < rounds; round++) {
    await sender.runOnce();
    world.clock.ahead += everyMs;
  }
}

const statesOf = async () =>
  Object.fromEntries((await world.deliveries()).map((row) => [`${row.platform} ${row.action}`, row.state]));

describe('a lead that is won', () => {
  test('is told to every platform once, and the sum is in sync_status', async () => {
    await addDestinations([...FOUR, 'ga4', 'utmify']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 123456);
    await send(1);
    expect(await world.syncStatus(leadId)).toMatchObject({ google_ads: 'pending', tiktok: 'sent' });
    await send();
    const all = {
      google_ads: 'sent',
      meta: 'sent',
      tiktok: 'sent',
      linkedin: 'sent',
      ga4: 'sent',
      utmify: 'sent',
    };
    expect(await world.syncStatus(leadId)).toEqual(all);
    const { google, tiktok, linkedin, ga4, utmify } = world.vendors;
    const eventId = `won_${leadId}`;
    for (const vendor of [google, tiktok, linkedin, ga4, utmify]) expect(vendor.timesTaken(eventId)).toBe(1);
    expect(world.meta.timesTaken(eventId)).toBe(1);
    const phone = '195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077';
    expect(google.taken[0]?.event).toMatchObject({
      adIdentifiers: { gclid: 'Cj0KCQ' },
      currency: 'BRL',
      conversionValue: 1234.56,
      userData: { userIdentifiers: [{ emailAddress: expect.any(String) }, { phoneNumber: phone }] },
    });
    expect(world.meta.received[0]?.event).toMatchObject({
      event_name: 'Purchase',
      action_source: 'website',
      event_source_url: 'https://loja.example.com/oferta?utm_source=google&src=s1',
      user_data: { fbc: expect.stringMatching(/^fb\.1\.\d{13}\.IwAR0$/), client_ip_address: '203.0.113.77' },
    });
    expect(linkedin.taken[0]?.event).toMatchObject({
      conversionValue: { currencyCode: 'BRL', amount: '1234.56' },
    });
    expect(utmify.taken[0]?.event).toMatchObject({ status: 'paid', trackingParameters: { src: 's1' } });
  });

  test('twice with the same value is told once', async () => {
    await addDestinations(FOUR);
    const leadId = await world.addLead();
    for (let time = 0; time < 3; time++) {
      await world.addStage(leadId, 'won', 5_000);
      await send(3);
    }
    expect(world.vendors.google.timesTaken(`won_${leadId}`)).toBe(1);
    expect(world.vendors.tiktok.timesTaken(`won_${leadId}`)).toBe(1);
  });

  test('with nothing to match on is skipped everywhere, with the reason', async () => {
    await addDestinations(['google_ads', 'tiktok', 'linkedin', 'ga4']);
    const leadId = await world.addLead({ email: null, phone: null, name: 'Maria', touch: null });
    await world.addStage(leadId, 'won', 5_000);
    await world.db.updateTable('leads').set({ user_agent: null, client_ip: null }).execute();
    await send(2);
    expect(await world.syncStatus(leadId)).toEqual({
      google_ads: 'skipped',
      tiktok: 'skipped',
      linkedin: 'skipped',
      ga4: 'skipped',
    });
    for (const row of await world.deliveries()) expect(row.reason).toMatch(/^no identifier/);
  });

  test('without a browser is told to Meta as what it is', async () => {
    await addDestinations(['meta']);
    const leadId = await world.addLead({ touch: null });
    await world.addStage(leadId, 'won', 5_000);
    await world.db.updateTable('leads').set({ user_agent: null, client_ip: null }).execute();
    await send(1);
    expect(world.meta.received[0]?.event).toMatchObject({ action_source: 'system_generated' });
  });

  test('by hand, with SQL, is sent as well', async () => {
    await addDestinations(['tiktok']);
    const leadId = await world.addLead();
    const at = new Date(world.clock.now());
    const row = {
      conversion_id: buildId(),
      workspace_id: world.workspaceId,
      lead_id: leadId,
      conversion_date: at,
    };
    const value = { conversion_value: '10.00', conversion_currency: 'BRL', conversion_name: 'won' };
    await world.db
      .insertInto('offline_conversions')
      .values({ ...row, ...value })
      .execute();
    await send(1);
    expect(await world.syncStatus(leadId)).toEqual({ tiktok: 'sent' });
  });
});

describe('consent', () => {
  test('denied: skipped everywhere', async () => {
    await addDestinations(FOUR);
    const leadId = await world.addLead({ consent: 'denied' });
    await world.addStage(leadId, 'won', 5_000);
    await send(1);
    expect(new Set((await world.deliveries()).map((row) => row.reason?.split(':')[0]))).toEqual(
      new Set(['consent']),
    );
    expect(await world.syncStatus(leadId)).toMatchObject({ google_ads: 'skipped', meta: 'skipped' });
  });

  test('pending: waits, and goes when it is given', async () => {
    await addDestinations(['tiktok']);
    const leadId = await world.addLead({ consent: 'pending' });
    await world.addStage(leadId, 'won', 5_000);
    await send(2);
    expect(world.vendors.tiktok.taken).toHaveLength(0);
    await world.db.updateTable('leads').set({ consent_ads: 'granted' }).execute();
    await send(1);
    expect(world.vendors.tiktok.timesTaken(`won_${leadId}`)).toBe(1);
  });

  test('taken back before the next attempt: stops it', async () => {
    await addDestinations(['tiktok']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 5_000);
    world.vendors.tiktok.setDown(true);
    await send(1);
    await world.db.updateTable('leads').set({ consent_ads: 'denied' }).execute();
    world.vendors.tiktok.setDown(false);
    await send(1);
    expect(world.vendors.tiktok.taken).toHaveLength(0);
    expect(await world.syncStatus(leadId)).toEqual({ tiktok: 'skipped' });
  });
});

describe('windows', () => {
  test('a sale long after its visit is skipped where the platform looks back less', async () => {
    await addDestinations(FOUR);
    const leadId = await world.addLead({ visitDays: 40 });
    await world.addStage(leadId, 'won', 5_000);
    await send();
    const expected = { google_ads: 'sent', linkedin: 'sent', meta: 'skipped', tiktok: 'skipped' };
    expect(await world.syncStatus(leadId)).toEqual(expected);
    const reasons = (await world.deliveries()).flatMap((row) => row.reason ?? []);
    expect(reasons).toEqual([
      expect.stringMatching(/^out of window: .*40 days/),
      expect.stringMatching(/back 28/),
    ]);
  });

  test('after a hundred days it is skipped everywhere, and never sent', async () => {
    await addDestinations(FOUR);
    const leadId = await world.addLead({ visitDays: 100 });
    await world.addStage(leadId, 'won', 5_000);
    await send(2);
    expect(Object.values((await world.syncStatus(leadId)) as object)).toEqual(Array(4).fill('skipped'));
    expect(world.vendors.google.requests).toHaveLength(0);
  });

  test('are settings', async () => {
    await world.addDestination({ platform: 'tiktok', settings: { lookback_days: 60 } });
    await world.addDestination({ platform: 'linkedin', settings: { lookback_days: 7 } });
    const leadId = await world.addLead({ visitDays: 40 });
    await world.addStage(leadId, 'won', 5_000);
    await send(1);
    expect(await world.syncStatus(leadId)).toEqual({ tiktok: 'sent', linkedin: 'skipped' });
  });
});

describe('another value', () => {
  test('is restated where the platform can; elsewhere what was sent stays and says why', async () => {
    await addDestinations([...FOUR, 'utmify']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 5_000);
    await send();
    await world.addStage(leadId, 'won', 7_500);
    await send();
    const { google, utmify, tiktok } = world.vendors;
    expect(google.taken.map(({ event }) => event.conversionValue)).toEqual([50, 75]);
    expect(new Set(google.taken.map(({ eventId }) => eventId)).size).toBe(1);
    expect(google.taken[1]?.event).toHaveProperty('lastUpdatedTimestamp');
    expect(utmify.taken).toHaveLength(2);
    expect(tiktok.taken).toHaveLength(1);
    expect(await statesOf()).toMatchObject({
      'google_ads restate': 'sent',
      'utmify restate': 'sent',
      'meta restate': 'skipped',
      'tiktok restate': 'skipped',
    });
    expect(Object.values((await world.syncStatus(leadId)) as object)).toEqual(Array(5).fill('sent'));
  });

  test('while the first still waits: only the newer one is sent', async () => {
    await addDestinations(['tiktok']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 5_000);
    world.vendors.tiktok.setDown(true);
    await send(1);
    await world.addStage(leadId, 'won', 7_500);
    world.vendors.tiktok.setDown(false);
    await send(3);
    expect(world.vendors.tiktok.taken.map(({ event }) => event.properties)).toMatchObject([{ value: 75 }]);
    expect(await world.syncStatus(leadId)).toEqual({ tiktok: 'sent' });
  });
});

describe('lost after won', () => {
  test('is taken back where the platform can', async () => {
    await addDestinations([...FOUR, 'ga4', 'utmify']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 5_000);
    await send();
    await world.addStage(leadId, 'lost');
    await send();
    const { google, ga4, utmify } = world.vendors;
    expect(google.taken.map(({ event }) => event.conversionValue)).toEqual([50, 0]);
    expect(ga4.taken.map(({ event }) => event.name)).toEqual(['purchase', 'refund']);
    expect(utmify.taken.map(({ event }) => event.status)).toEqual(['paid', 'refunded']);
    expect(await statesOf()).toMatchObject({ 'meta retract': 'skipped', 'linkedin retract': 'skipped' });
  });

  test('before anything was sent: nothing is', async () => {
    await addDestinations(['google_ads', 'tiktok']);
    const leadId = await world.addLead();
    await world.addStage(leadId, 'won', 5_000);
    await world.addStage(leadId, 'lost');
    await send(2);
    expect(world.vendors.tiktok.requests).toHaveLength(0);
    expect(await world.syncStatus(leadId)).toEqual({ google_ads: 'skipped', tiktok: 'skipped' });
    expect((await world.deliveries())[0]?.reason).toMatch(/^nothing to take back/);
  });

  test('and won again: Google has the value again', async () => {
    await addDestinations(['google_ads']);
    const leadId = await world.addLead();
    for (const stage of ['won', 'lost', 'won'] as const) {
      await world.addStage(leadId, stage, stage === 'won' ? 5_000 : null);
      await send();
    }
    expect(world.vendors.google.taken.map(({ event }) => event.conversionValue)).toEqual([50, 0, 50]);
  });
});
