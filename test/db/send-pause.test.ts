import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { resumeDestination } from '../../src/send/destination-states.ts';
import { updateDestination } from '../../src/settings/destinations.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

let world: SendWorld;

beforeAll(async () => {
  world = await openSendWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.reset();
  world.meta.revokeToken('EAAB-good-token', false);
});

/** A destination whose token Meta refuses, with three conversions waiting for it. */
async function pauseOne() {
  const { destination_id: destinationId } = await world.addDestination();
  world.meta.revokeToken('EAAB-good-token', true);
  const ids = await world.addConversions(3);
  const sender = world.sender();
  await sender.runOnce();
  return { destinationId, ids, sender };
}

test('refused credentials pause the destination; its queue stays and is not tried', async () => {
  const { destinationId, sender } = await pauseOne();
  const state = await world.state(destinationId);
  expect(state?.paused_at).not.toBeNull();
  expect(state?.pause_reason).toMatch(/^Meta 190: /);
  await world.addConversions(2);
  world.clock.ahead = 60_000;
  await sender.runOnce();
  expect(world.meta.requests).toBe(1);
  expect((await world.deliveries()).map(({ state }) => state)).toEqual(Array(5).fill('due'));
});

test('new credentials end the pause, and everything is sent once', async () => {
  const { destinationId, ids, sender } = await pauseOne();
  const change = { workspaceId: world.workspaceId, destinationId };
  const changes = { credentials: { access_token: 'EAAB-new-token' } };
  await updateDestination(world.db, world.vault, { ...change, changes });
  for (let round = 0; round < 3; round++) await sender.runOnce();
  expect(ids.map((id) => world.meta.timesTaken(id))).toEqual([1, 1, 1]);
  expect((await world.state(destinationId))?.paused_at).toBeNull();
});

test('credentials corrected while the refused request was under way are tried at once', async () => {
  const { destination_id: destinationId } = await world.addDestination();
  world.meta.revokeToken('EAAB-good-token', true);
  world.meta.behave({ kind: 'slow', ms: 300 });
  const [eventId = ''] = await world.addConversions(1);
  const sender = world.sender();
  const round = sender.runOnce();
  await expect.poll(() => world.meta.requests).toBe(1);
  const change = { workspaceId: world.workspaceId, destinationId };
  const changes = { credentials: { access_token: 'EAAB-new-token' } };
  await updateDestination(world.db, world.vault, { ...change, changes });
  await round;
  await sender.runOnce();
  expect(world.meta.timesTaken(eventId)).toBe(1);
});

test('the owner may end the pause by word', async () => {
  const { destinationId, ids, sender } = await pauseOne();
  world.meta.revokeToken('EAAB-good-token', false);
  const { workspaceId, clock } = world;
  const at = new Date(clock.now());
  expect(await resumeDestination(world.db, { workspaceId, destinationId, at })).toBe(true);
  await sender.runOnce();
  expect(ids.map((id) => world.meta.timesTaken(id))).toEqual([1, 1, 1]);
});

test('a probe every half hour notices by itself that they are good again', async () => {
  const { ids, sender } = await pauseOne();
  world.clock.ahead = 31 * 60_000;
  await sender.runOnce();
  expect(world.meta.requests).toBe(2);
  await sender.runOnce();
  expect(world.meta.requests).toBe(2);
  world.meta.revokeToken('EAAB-good-token', false);
  world.clock.ahead = 62 * 60_000;
  for (let round = 0; round < 3; round++) await sender.runOnce();
  expect(ids.map((id) => world.meta.timesTaken(id))).toEqual([1, 1, 1]);
});

test('a wrong pixel id pauses as well, and a token that Meta repeats is not kept', async () => {
  const { destination_id: destinationId } = await world.addDestination();
  await world.addConversions(1);
  const message = 'Malformed access token EAAB-good-token';
  world.meta.behave({ kind: 'error', error: { code: 190, status: 401, message } });
  await world.sender().runOnce();
  const state = await world.state(destinationId);
  const log = await world.db.selectFrom('platform_sync_log').selectAll().execute();
  expect(state?.pause_reason).toBe('Meta 190: Malformed access token [secret]');
  expect(JSON.stringify([state, log, await world.deliveries()])).not.toContain('EAAB-good-token');
});

test('settings that the platform cannot use pause before anything is sent', async () => {
  const { destination_id: destinationId } = await world.addDestination({ pixelId: 'not/an/id' });
  await world.addConversions(1);
  await world.sender().runOnce();
  expect((await world.state(destinationId))?.pause_reason).toBe('Wrong or missing: settings.pixel_id');
  expect(world.meta.requests).toBe(0);
});
