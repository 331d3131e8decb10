import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSendWorld, type SendWorld } from './send-world.ts';

const HOUR_MS = 3_600_000;

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(() => world.reset());

const states = async () => (await world.deliveries()).map(({ state }) => state);

describe('a clock that was an hour ahead', () => {
  test('leaves no wait and no slow-down behind when it is right again', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    world.clock.ahead = HOUR_MS;
    world.meta.behave({ kind: 'body', status: 503, body: '<html>' });
    await world.sender().runOnce();
    expect(await states()).toEqual(['due']);
    world.clock.ahead = 0;
    await world.sender().runOnce();
    expect(await states()).toEqual(['sent']);
    expect(world.meta.timesTaken(eventId)).toBe(1);
  });

  test('leaves no claim behind of a sender that died with it', async () => {
    await world.addDestination();
    await world.addConversions(1);
    world.meta.behave({ kind: 'body', status: 503, body: '<html>' });
    await world.sender().runOnce();
    const inAnHour = new Date(world.clock.now() + HOUR_MS);
    const claim = { claimed_by: 'a dead sender', claimed_until: inAnHour, next_attempt_at: new Date() };
    await world.db.updateTable('deliveries').set(claim).execute();
    await world.db.updateTable('destination_states').set({ slow_until: null }).execute();
    await world.sender().runOnce();
    expect(await states()).toEqual(['sent']);
  });

  test('is not told to a platform as the future: the event waits for its time', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1, { ageMs: -HOUR_MS, holdMs: -2 * HOUR_MS });
    await world.sender().runOnce();
    expect(await states()).toEqual(['due']);
    expect(world.meta.requests).toBe(0);
    world.clock.ahead = HOUR_MS;
    await world.sender().runOnce();
    expect(await states()).toEqual(['sent']);
    expect(world.meta.timesTaken(eventId)).toBe(1);
  });
});
