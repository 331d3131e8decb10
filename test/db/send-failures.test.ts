import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

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
    const ids = await world.addConversions(200);
    const [poison = '', ...good] = ids;
    world.meta.refuseEvent(poison, { code: 2, status: 500 });
    const sender = world.sender();
    for (let round = 0; round < 4; round++) {
      await sender.runOnce();
      world.clock.ahead += 2_000;
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
    world.clock.stop();
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
    world.clock.stop();
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
