import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { retractConversion } from '../../src/conversions/conversions.ts';
import { testDestination } from '../../src/send/test-destination.ts';
import type { VendorSimulator } from '../../src/simulators/vendor-simulator.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

const VENDORS = [
  ['google_ads', 'google', 'refresh-token'],
  ['tiktok', 'tiktok', 'tiktok-token'],
  ['linkedin', 'linkedin', 'linkedin-token'],
  ['utmify', 'utmify', 'utmify-token'],
] as const;

async function send(rounds: number, everyMs = 20_000): Promise<void> {
  const sender = world.sender();
  for (let round = 0; round < rounds; round++) {
    await sender.runOnce();
    world.clock.ahead += everyMs;
  }
}

const timesTaken = (vendor: VendorSimulator, ids: readonly string[]) =>
  ids.map((id) => vendor.timesTaken(id));

describe.each(VENDORS)('%s', (platform, name, token) => {
  const vendor = () => world.vendors[name];

  test('one bad sale among many fails alone, the others arrive once', async () => {
    await world.addDestination({ platform });
    const ids = await world.addWonLeads(30);
    const bad = ids[11] ?? '';
    vendor().refuseEvent(bad);
    await send(8);
    expect(timesTaken(vendor(), ids)).toEqual(ids.map((id) => (id === bad ? 0 : 1)));
    const states = (await world.deliveries()).map(({ state }) => state);
    expect(states.filter((state) => state === 'failed')).toHaveLength(1);
    expect(states.filter((state) => state === 'sent')).toHaveLength(29);
    expect(await world.syncStatus(bad.slice('won_'.length))).toEqual({ [platform]: 'failed' });
  });

  test('lost credentials pause it and say so; new ones send what waits, once', async () => {
    const { destination_id: destinationId } = await world.addDestination({ platform });
    vendor().revokeToken(token, true);
    const ids = await world.addWonLeads(3);
    await send(2);
    expect((await world.state(destinationId))?.paused_at).not.toBeNull();
    const asked = vendor().requests.length;
    await send(3);
    expect(vendor().requests).toHaveLength(asked);
    expect(new Set((await world.deliveries()).map(({ state }) => state))).toEqual(new Set(['due']));
    const log = await world.db.selectFrom('platform_sync_log').selectAll().execute();
    expect(log.length).toBeGreaterThan(0);
    expect(JSON.stringify(log)).not.toContain(token);
    vendor().revokeToken(token, false);
    world.clock.ahead += 31 * 60_000;
    await send(6);
    expect(timesTaken(vendor(), ids)).toEqual([1, 1, 1]);
  });

  test('down for a day: nothing is lost, and the nearest deadline goes first', async () => {
    await world.addDestination({ platform });
    vendor().setDown(true);
    const ids = await world.addWonLeads(4, (index) => 20 - index);
    await send(1);
    const late = await world.addWonLeads(1, () => 26);
    await send(24, 3_600_000);
    expect(vendor().taken).toHaveLength(0);
    vendor().setDown(false);
    await send(8, 120_000);
    expect(timesTaken(vendor(), [...ids, ...late])).toEqual([1, 1, 1, 1, 1]);
    const order = vendor().taken.map(({ eventId }) => eventId);
    if (platform === 'google_ads') expect(order).toEqual([...late, ...ids]);
  });

  test('a test event is explained, and is none that counts', async () => {
    const { destination_id: destinationId } = await world.addDestination({ platform });
    await world.registry.refresh();
    const answer = await testDestination(world.tools, destinationId);
    expect(answer).toMatchObject({ isAccepted: true, explanation: expect.stringContaining('are good') });
    vendor().revokeToken(token, true);
    const refused = await testDestination(world.tools, destinationId);
    expect(refused).toMatchObject({
      isAccepted: false,
      explanation: expect.stringContaining('refuses the cred'),
    });
    expect(JSON.stringify(refused)).not.toContain(token);
    const counted = vendor().taken.filter(({ event }) =>
      /purchase/i.test(String(event.event ?? event.status ?? '')),
    );
    expect(counted).toEqual([]);
  });
});

test('a destination at Google Analytics is tested at the endpoint that records nothing', async () => {
  const { destination_id: destinationId } = await world.addDestination({ platform: 'ga4' });
  await world.registry.refresh();
  expect(await testDestination(world.tools, destinationId)).toMatchObject({
    isAccepted: true,
    httpStatus: 200,
  });
  expect(world.vendors.ga4.requests[0]?.url).toContain('/debug/mp/collect');
  expect(world.vendors.ga4.taken).toEqual([]);
});

describe('batches', () => {
  test.each([
    ['tiktok', 'tiktok'],
    ['linkedin', 'linkedin'],
  ] as const)('%s: of 500 sales one is bad, 499 arrive once in few requests', async (platform, name) => {
    await world.addDestination({ platform });
    const ids = await world.addWonLeads(500);
    const bad = ids[321] ?? '';
    world.vendors[name].refuseEvent(bad);
    await send(6);
    expect(timesTaken(world.vendors[name], ids)).toEqual(ids.map((id) => (id === bad ? 0 : 1)));
    expect(world.vendors[name].requests.length).toBeLessThan(12);
  });

  test('a bad event that nobody names is found in halves', async () => {
    await world.addDestination({ platform: 'tiktok' });
    const ids = await world.addWonLeads(8);
    world.vendors.tiktok.behave({ kind: 'answer', status: 200, body: { code: 40002, message: 'Invalid' } });
    await send(3);
    expect(timesTaken(world.vendors.tiktok, ids)).toEqual(ids.map(() => 1));
  });
});

describe('Google', () => {
  const { google } = { google: () => world.vendors.google };
  const asked = (path: string) => google().requests.filter((request) => request.url.includes(path)).length;

  test('is asked for a token once an hour, and after what it took until it says the end', async () => {
    await world.addDestination({ platform: 'google_ads' });
    await world.addWonLeads(3);
    await send(6);
    expect([asked('/token'), asked('events:ingest'), asked('requestStatus:retrieve')]).toEqual([1, 3, 6]);
    world.clock.ahead += 3_600_000;
    await world.addWonLeads(1);
    await send(4);
    expect(asked('/token')).toBe(2);
    const log = await world.db.selectFrom('platform_sync_log').selectAll().orderBy('sync_id').execute();
    expect(log.map(({ sync_status: status }) => status).sort()).toEqual([
      ...Array(8).fill('pending'),
      ...Array(4).fill('success'),
    ]);
    expect(JSON.stringify(log)).not.toMatch(/ya29|client-secret|refresh-token/);
    const [delivery] = await world.deliveries();
    expect(delivery).toMatchObject({ state: 'sent', receipt: expect.stringMatching(/^sim-request/) });
  });

  test('a token that is refused before its end is replaced at once', async () => {
    await world.addDestination({ platform: 'google_ads' });
    const first = await world.addWonLeads(1);
    const sender = world.sender();
    await sender.runOnce();
    google().behave({
      kind: 'answer',
      status: 401,
      body: { error: { code: 401, status: 'UNAUTHENTICATED' } },
    });
    const second = await world.addWonLeads(1);
    await sender.runOnce();
    expect(timesTaken(google(), [...first, ...second])).toEqual([1, 1]);
    expect(asked('/token')).toBe(2);
  });

  test('what fails there through no fault of the event is sent again', async () => {
    await world.addDestination({ platform: 'google_ads' });
    const ids = await world.addWonLeads(1);
    const sender = world.sender();
    await sender.runOnce();
    const errorInfo = {
      errorCounts: [{ reason: 'PROCESSING_ERROR_REASON_INTERNAL_ERROR', recordCount: '1' }],
    };
    const status = { requestStatusPerDestination: [{ requestStatus: 'FAILED', errorInfo }] };
    google().behave({ kind: 'answer', status: 200, body: status });
    world.clock.ahead += 5_000;
    await send(6);
    expect(timesTaken(google(), ids)).toEqual([2]);
    expect(await world.deliveries()).toMatchObject([{ state: 'sent' }]);
  });

  test('a token endpoint that is away keeps the queue and is logged as an attempt', async () => {
    await world.addDestination({ platform: 'google_ads' });
    const ids = await world.addWonLeads(1);
    google().behave({ kind: 'answer', status: 503, body: '<html>' });
    await send(1);
    const [attempt] = await world.db.selectFrom('platform_sync_log').selectAll().execute();
    expect(attempt).toMatchObject({
      sync_status: 'pending',
      http_status_code: 503,
      error_message: 'Google OAuth 503: no words',
    });
    await send(5);
    expect(timesTaken(google(), ids)).toEqual([1]);
  });
});

describe('a sale of a bot', () => {
  test('goes to platforms whose click it came by, and to UTMify always', async () => {
    await world.addDestination({ platform: 'google_ads' });
    await world.addDestination({ platform: 'utmify' });
    const { paymentId, token } = await world.addPurchase();
    await world.db
      .updateTable('clicks')
      .set({ gclid: 'Cj0KCQ', utm_source: 'google' })
      .where('tracking_token', '=', token)
      .execute();
    const other = await world.addPurchase();
    await send(5);
    expect(world.vendors.google.taken.map(({ eventId }) => eventId)).toEqual([`purchase_${paymentId}`]);
    const orders = world.vendors.utmify.taken.map(({ eventId }) => eventId);
    expect(orders.sort()).toEqual([paymentId, other.paymentId].sort());
    const skipped = (await world.deliveries()).filter(({ state }) => state === 'skipped');
    expect(skipped).toMatchObject([
      { platform: 'google_ads', reason: expect.stringMatching(/^no identifier/) },
    ]);
  });

  test('paid back: refunded at UTMify, and Meta’s stays with a reason', async () => {
    await world.addDestination();
    await world.addDestination({ platform: 'utmify' });
    const { paymentId } = await world.addPurchase();
    await send(2);
    const at = new Date(world.clock.now());
    const { workspaceId, db } = world;
    for (let time = 0; time < 2; time++) {
      await retractConversion(db, { workspaceId, eventId: `purchase_${paymentId}`, at });
    }
    await send(2);
    expect(world.vendors.utmify.taken.map(({ event }) => event.status)).toEqual(['paid', 'refunded']);
    expect(world.meta.received).toHaveLength(1);
    const meta = (await world.deliveries()).filter(({ platform }) => platform === 'meta');
    expect(meta.map(({ action, state }) => [action, state])).toEqual([
      ['send', 'sent'],
      ['retract', 'skipped'],
    ]);
  });

  test('a page view goes to no platform that takes sales alone', async () => {
    await world.addDestination({ platform: 'tiktok' });
    await world.addConversions(1);
    await send(1);
    expect(await world.deliveries()).toEqual([]);
    const row = await world.db.selectFrom('conversions').selectAll().executeTakeFirst();
    expect(row?.plan_outcome).toBe('no destination: none that is active here takes this event');
  });
});
