import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  releaseConversion,
  saveConversions,
  setConversionConsent,
} from '../../src/conversions/conversions.ts';
import { buildId } from '../../src/domain/ids.ts';
import { createSender } from '../../src/send/sender.ts';
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

  test('goes out by itself when it is due and the sender runs', async () => {
    await world.addDestination();
    const sender = world.sender();
    sender.start();
    const [eventId = ''] = await world.addConversions(1);
    await expect.poll(() => world.meta.timesTaken(eventId)).toBe(1);
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
    const { destination_id: hanging } = await world.addDestination({ workspaceId: slow.workspaceId });
    await world.addConversions(1, { workspaceId: slow.workspaceId });
    const { tools } = world;
    const answered = Promise.withResolvers<void>();
    const send: typeof tools.outbound.send = async (...request) => {
      const answer = await tools.outbound.send(...request);
      if (slow.simulator.requests > 0 && world.meta.requests === 0) await answered.promise;
      return answer;
    };
    const sender = createSender({ ...tools, outbound: { ...tools.outbound, send } });
    sender.start();
    await expect.poll(() => slow.simulator.requests).toBe(1);
    const [eventId = ''] = await world.addConversions(1);
    await expect.poll(() => world.meta.timesTaken(eventId)).toBe(1);
    const waiting = (await world.deliveries()).filter((row) => row.destination_id === hanging);
    expect(waiting.map(({ state }) => state)).toEqual(['due']);
    answered.resolve();
    await sender.stop();
    expect((await world.deliveries()).map(({ state }) => state)).toEqual(['sent', 'sent']);
  });
});
