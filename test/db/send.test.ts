import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  releaseConversion,
  saveConversions,
  setConversionConsent,
} from '../../src/conversions/conversions.ts';
import { buildId } from '../../src/domain/ids.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

describe('one conversion', () => {
  test('reaches Meta with the keys of its click, its receipt is kept, no secret is', async () => {
    await world.addDestination();
    const [eventId] = await world.addConversions(1);
    expect(await world.sender().runOnce()).toEqual({ planned: 1, attempted: 1 });
    expect(world.meta.received).toHaveLength(1);
    const { event, pixelId } = world.meta.received[0] ?? {};
    expect(pixelId).toBe('1234567890');
    expect(event).toMatchObject({
      event_name: 'PageView',
      event_id: eventId,
      action_source: 'website',
      user_data: { client_ip_address: '203.0.113.77', client_user_agent: 'Mozilla/5.0 (iPhone)' },
    });
    const [delivery] = await world.deliveries();
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, claimed_by: null });
    const log = await world.db.selectFrom('platform_sync_log').selectAll().execute();
    expect(log).toMatchObject([
      {
        sync_status: 'success',
        attempt: 1,
        http_status_code: 200,
        receipt: delivery?.receipt,
        platform: 'meta',
      },
    ]);
    expect(delivery?.receipt).toMatch(/^Asim/);
    expect(JSON.stringify(log)).not.toMatch(/EAAB-good-token|203\.0\.113\.77/);
  });

  test('is held back, then released', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1, { holdMs: 60_000 });
    const sender = world.sender();
    expect(await sender.runOnce()).toEqual({ planned: 0, attempted: 0 });
    const at = new Date(world.clock.now());
    await releaseConversion(world.db, { workspaceId: world.workspaceId, eventId, at });
    expect(await sender.runOnce()).toEqual({ planned: 1, attempted: 1 });
  });

  test('is stored once, however often it is told', async () => {
    const conversion = {
      workspaceId: world.workspaceId,
      name: 'page_view',
      eventId: 'evt_1',
      occurredAt: new Date(),
      consent: 'granted',
      holdUntil: new Date(),
    } as const;
    expect(await saveConversions(world.db, [conversion, { ...conversion, eventId: 'evt_2' }])).toBe(2);
    expect(await saveConversions(world.db, [conversion])).toBe(0);
  });

  test('that is faster than the drain waits for its click', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    const clicks = await world.db.deleteFrom('clicks').returningAll().execute();
    const sender = world.sender();
    await sender.runOnce();
    expect(await world.deliveries()).toMatchObject([{ state: 'due', attempts: 0 }]);
    const rows = clicks.map((click) => ({ ...click, url_params: '{}', client_hints: '{}' }));
    await world.db.insertInto('clicks').values(rows).execute();
    world.clock.ahead = 1_000;
    await sender.runOnce();
    expect(world.meta.timesTaken(eventId)).toBe(1);
  });

  test('whose click is past its retention is settled in the end', async () => {
    await world.addDestination();
    await world.addConversions(1);
    await world.db.deleteFrom('clicks').execute();
    world.clock.ahead = 16 * 60_000;
    await world.sender().runOnce();
    expect(await world.deliveries()).toMatchObject([{ state: 'skipped' }]);
  });

  test('without a destination says so and is not sent to one that comes later', async () => {
    await world.addConversions(1);
    await world.sender().runOnce();
    const [row] = await world.db.selectFrom('conversions').selectAll().execute();
    expect(row?.plan_outcome).toMatch(/^no destination/);
    await world.addDestination();
    await world.sender().runOnce();
    expect(world.meta.requests).toBe(0);
  });

  test('goes out within a second of being due when the sender runs', async () => {
    await world.addDestination();
    const sender = world.sender();
    sender.start();
    const startedAt = Date.now();
    const [eventId = ''] = await world.addConversions(1);
    await expect.poll(() => world.meta.timesTaken(eventId), { interval: 10, timeout: 5_000 }).toBe(1);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    await sender.stop();
  });
});

describe('consent', () => {
  test('pending waits; granted goes; denied is skipped where it can be seen', async () => {
    await world.addDestination();
    const ids = await world.addConversions(2, { consent: 'pending' });
    const [granted = '', denied = ''] = ids.map((id) => id.slice('evt_'.length));
    const sender = world.sender();
    expect((await sender.runOnce()).planned).toBe(0);
    await setConversionConsent(world.db, { trackingToken: granted, consent: 'granted' });
    await setConversionConsent(world.db, { trackingToken: denied, consent: 'denied' });
    await sender.runOnce();
    expect(world.meta.received.map(({ event }) => event.event_id)).toEqual([`evt_${granted}`]);
    const states = (await world.deliveries()).map(({ state, reason }) => [state, reason?.split(':')[0]]);
    expect(states).toEqual(
      expect.arrayContaining([
        ['sent', undefined],
        ['skipped', 'consent'],
      ]),
    );
  });

  test('taken back stops what waits for another attempt', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    world.meta.behave({ kind: 'body', status: 500, body: '<html>' });
    const sender = world.sender();
    await sender.runOnce();
    await setConversionConsent(world.db, { trackingToken: eventId.slice(4), consent: 'denied' });
    world.clock.ahead = 10_000;
    await sender.runOnce();
    expect(await world.deliveries()).toMatchObject([{ state: 'skipped' }]);
    expect(world.meta.received).toHaveLength(0);
  });

  test('that was never given is settled after a week', async () => {
    await world.addDestination();
    await world.addConversions(1, { consent: 'pending', ageMs: 8 * 86_400_000 });
    await world.sender().runOnce();
    const [row] = await world.db.selectFrom('conversions').selectAll().execute();
    expect(row?.plan_outcome).toBe('skipped: consent: the person never chose');
  });
});

describe('a batch', () => {
  test('with bad events among good ones: each good one is taken once, each bad one fails alone', async () => {
    const sender = world.sender();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { maxLength: 5 }),
        async (count, badIndexes) => {
          await world.reset();
          await world.addDestination();
          const ids = await world.addConversions(count);
          const bad = new Set(badIndexes.flatMap((index) => ids[index] ?? []));
          for (const id of bad) world.meta.refuseEvent(id);
          await sender.runOnce();
          for (const id of ids) expect(world.meta.timesTaken(id)).toBe(bad.has(id) ? 0 : 1);
          const deliveries = await world.deliveries();
          expect(deliveries.filter(({ state }) => state === 'sent')).toHaveLength(count - bad.size);
          expect(deliveries.filter(({ state }) => state === 'failed')).toHaveLength(bad.size);
        },
      ),
      { numRuns: 12 },
    );
  });

  test('with an event that makes the answer a server error: the others go all the same', async () => {
    await world.addDestination();
    const ids = await world.addConversions(16);
    const [poison = '', ...good] = ids;
    world.meta.refuseEvent(poison, { code: 2, status: 500 });
    const sender = world.sender();
    for (let round = 0; round < 30; round++) {
      await sender.runOnce();
      world.clock.ahead += 5_000;
    }
    expect(good.map((id) => world.meta.timesTaken(id))).toEqual(good.map(() => 1));
    const waiting = (await world.deliveries()).filter(({ state }) => state === 'due');
    expect(waiting).toHaveLength(1);
  });

  test('of which Meta counts too few is sent again in parts', async () => {
    await world.addDestination();
    const ids = await world.addConversions(4);
    world.meta.behave({ kind: 'short_count', count: 3 });
    await world.sender().runOnce();
    expect(ids.map((id) => world.meta.timesTaken(id))).toEqual([1, 1, 1, 1]);
    expect((await world.deliveries()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
  });

  test('larger than the platform takes goes in several requests', async () => {
    await world.addDestination();
    await world.addConversions(1_200);
    const sender = world.sender();
    for (let planned = 1; planned > 0; ) planned = (await sender.runOnce()).planned;
    await sender.runOnce();
    expect(world.meta.received).toHaveLength(1_200);
    expect(world.meta.requests).toBeLessThan(8);
  });
});

describe('answers that pass', () => {
  test.each([
    [{ kind: 'body', status: 500, body: '<html>Sorry</html>' }],
    [{ kind: 'body', status: 200, body: '{"events_recei' }],
    [{ kind: 'body', status: 200, body: '{}' }],
    [{ kind: 'error', error: { code: 2, isTransient: true, status: 503 } }],
    [{ kind: 'hang_up' }],
    [{ kind: 'truncated' }],
    [{ kind: 'endless' }],
  ] as const)('%j: tried again with the same event id, then sent', async (behaviour) => {
    const { destination_id: destinationId } = await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    world.meta.behave(behaviour);
    const sender = world.sender();
    await sender.runOnce();
    expect(await world.deliveries()).toMatchObject([{ state: 'due', attempts: 1 }]);
    expect((await world.state(destinationId))?.failures).toBe(1);
    expect((await sender.runOnce()).attempted).toBe(0);
    world.clock.ahead = 5_000;
    await sender.runOnce();
    expect(await world.deliveries()).toMatchObject([{ state: 'sent', attempts: 2 }]);
    expect(new Set(world.meta.received.map(({ event }) => event.event_id))).toEqual(new Set([eventId]));
    expect((await world.state(destinationId))?.failures).toBe(0);
  });

  test('a rate limit slows the whole destination', async () => {
    const { destination_id: destinationId } = await world.addDestination();
    await world.addConversions(1);
    world.meta.behave({ kind: 'error', error: { code: 80004, subcode: 2446079 } });
    const sender = world.sender();
    await sender.runOnce();
    await world.addConversions(1);
    world.clock.ahead = 4_000;
    expect((await sender.runOnce()).attempted).toBe(0);
    expect((await world.state(destinationId))?.failures).toBe(0);
    world.clock.ahead = 11_000;
    expect((await sender.runOnce()).attempted).toBe(2);
  });

  test('an outage that ends frees everything that waited', async () => {
    await world.addDestination();
    const ids = await world.addConversions(20);
    const sender = world.sender();
    world.meta.behave(...Array.from({ length: 5 }, () => ({ kind: 'body', status: 502, body: '' }) as const));
    for (let round = 0; round < 40; round++) {
      world.clock.ahead += 30_000;
      await sender.runOnce();
    }
    expect(ids.map((id) => world.meta.timesTaken(id))).toEqual(ids.map(() => 1));
  });

  test('until the deadline, which is then said', async () => {
    await world.addDestination();
    await world.addConversions(1, { ageMs: 7 * 86_400_000 - 120_000 });
    world.meta.behave({ kind: 'body', status: 500, body: 'no' });
    const sender = world.sender();
    await sender.runOnce();
    world.clock.ahead = 120_000;
    await sender.runOnce();
    const [delivery] = await world.deliveries();
    expect(delivery?.state).toBe('failed');
    expect(delivery?.reason).toMatch(/^deadline passed; last answer: Meta answered 500/);
    expect(world.meta.requests).toBe(1);
  });
});

describe('many senders', () => {
  test('a lease that was never settled is taken over when it ends', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    const sender = world.sender();
    world.meta.behave({ kind: 'body', status: 500, body: 'no' });
    await sender.runOnce();
    const until = new Date(world.clock.now() + 60_000);
    await world.db
      .updateTable('deliveries')
      .set({ claimed_by: 'a dead one', claimed_until: until })
      .execute();
    world.clock.ahead = 50_000;
    expect((await sender.runOnce()).attempted).toBe(0);
    world.clock.ahead = 61_000;
    expect((await sender.runOnce()).attempted).toBe(1);
    expect(world.meta.timesTaken(eventId)).toBe(1);
  });

  test('beside each other send each event once', async () => {
    await world.addDestination();
    await world.addDestination({ pixelId: '999' });
    const ids = await world.addConversions(60);
    const senders = Array.from({ length: 4 }, () => world.sender());
    for (let round = 0; round < 3; round++) await Promise.all(senders.map((sender) => sender.runOnce()));
    expect(ids.map((id) => world.meta.timesTaken(id))).toEqual(ids.map(() => 2));
    const pixels = world.meta.received.map(({ event, pixelId }) => `${pixelId} ${String(event.event_id)}`);
    expect(new Set(pixels).size).toBe(120);
  });

  test('a destination that hangs keeps no other one waiting', async () => {
    const slow = await world.addWorkspace(`Slow ${buildId()}`);
    await world.addDestination();
    await world.addDestination({ workspaceId: slow.workspaceId });
    slow.simulator.behave({ kind: 'slow', ms: 3_000 });
    await world.addConversions(1, { workspaceId: slow.workspaceId });
    const sender = world.sender();
    sender.start();
    await expect.poll(() => slow.simulator.requests, { timeout: 5_000 }).toBe(1);
    const startedAt = Date.now();
    const [eventId = ''] = await world.addConversions(1);
    await expect.poll(() => world.meta.timesTaken(eventId), { interval: 10, timeout: 5_000 }).toBe(1);
    expect(Date.now() - startedAt).toBeLessThan(1_500);
    await sender.stop();
    expect((await world.deliveries()).map(({ state }) => state)).toEqual(['sent', 'sent']);
  });
});
