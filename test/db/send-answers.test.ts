import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listConversions } from '../../src/conversions/list-conversions.ts';
import { buildId } from '../../src/domain/ids.ts';
import { eraseDeliveries } from '../../src/send/erase-deliveries.ts';
import { createSender } from '../../src/send/sender.ts';
import { listSyncLog, retryDelivery } from '../../src/send/sync-log.ts';
import { testDestination } from '../../src/send/test-destination.ts';
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

const now = () => new Date(world.clock.now());

const NOBODY = {
  tokens: [],
  sessionIds: [],
  telegramUserIds: [],
  botUserIds: [],
  leadIds: [],
  paymentIds: [],
};

describe('sync log', () => {
  test('is filtered and paged, newest first, and belongs to its workspace', async () => {
    await world.addDestination();
    await world.addConversions(3);
    await world.sender().runOnce();
    const { db, workspaceId } = world;
    const all = await listSyncLog(db, { workspaceId, limit: 10 });
    expect(all).toHaveLength(3);
    expect(all.map(({ sync_id }) => sync_id)).toEqual(
      all
        .map(({ sync_id }) => sync_id)
        .sort()
        .reverse(),
    );
    const beforeId = all[0]?.sync_id;
    expect(await listSyncLog(db, { workspaceId, limit: 10, beforeId })).toEqual(all.slice(1));
    const conversionId = all[2]?.conversion_id;
    expect(await listSyncLog(db, { workspaceId, limit: 10, conversionId })).toEqual(all.slice(2));
    expect(await listSyncLog(db, { workspaceId, limit: 10, status: 'failed' })).toEqual([]);
    expect(await listSyncLog(db, { workspaceId: buildId(), limit: 10 })).toEqual([]);
  });

  test('an answer that comes after the erasure of the person leaves nothing of it in the log', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    const { db, workspaceId, tools } = world;
    const erase = async () => {
      const found = await db.selectFrom('conversions').select('conversion_id').execute();
      const rows = { ...NOBODY, workspaceId, conversionIds: found.map((row) => row.conversion_id) };
      const none = { tokens: new Map(), sessions: new Map(), people: new Map() };
      await db.transaction().execute((tx) => eraseDeliveries(tx, { ...none, rows, at: now() }));
    };
    const send: typeof tools.outbound.send = async (...request) => {
      const answer = await tools.outbound.send(...request);
      await erase();
      return answer;
    };
    await createSender({ ...tools, outbound: { ...tools.outbound, send } }).runOnce();
    expect(world.meta.timesTaken(eventId)).toBe(1);
    const [attempt] = await listSyncLog(db, { workspaceId, limit: 1 });
    expect(attempt).toMatchObject({
      sync_status: 'success',
      request_payload: { cleared_fields: expect.arrayContaining(['user_data']) },
      response_data: null,
    });
    expect(Object.keys(attempt?.request_payload as object)).toEqual(['cleared_fields']);
  });

  test('a failed delivery is sent again with the same event id; any other is not', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    world.meta.behave({ kind: 'error', error: { code: 100, subcode: 2804001 } });
    const sender = world.sender();
    await sender.runOnce();
    const { db, workspaceId } = world;
    const [entry] = await listSyncLog(db, { workspaceId, limit: 1 });
    const syncId = entry?.sync_id ?? '';
    expect(entry?.sync_status).toBe('failed');
    expect((await retryDelivery(db, { workspaceId: buildId(), syncId, at: now() })).kind).toBe('unknown');
    expect((await retryDelivery(db, { workspaceId, syncId, at: now() })).kind).toBe('queued');
    expect((await retryDelivery(db, { workspaceId, syncId, at: now() })).kind).toBe('refused');
    await sender.runOnce();
    expect(world.meta.timesTaken(eventId)).toBe(1);
    expect((await retryDelivery(db, { workspaceId, syncId, at: now() })).kind).toBe('refused');
    const [conversion] = await listConversions(db, { workspaceId, limit: 1 });
    expect(conversion?.deliveries).toMatchObject([{ state: 'sent', attempts: 2 }]);
  });

  test('what the platform takes no longer is not queued again', async () => {
    await world.addDestination();
    await world.addConversions(1);
    world.meta.behave({ kind: 'error', error: { code: 100, subcode: 2804001 } });
    await world.sender().runOnce();
    const { db, workspaceId } = world;
    const [entry] = await listSyncLog(db, { workspaceId, limit: 1 });
    const at = new Date(world.clock.now() + 8 * 86_400_000);
    const result = await retryDelivery(db, { workspaceId, syncId: entry?.sync_id ?? '', at });
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining('old') });
  });
});

describe('a test event', () => {
  test('that is taken says so and ends the pause', async () => {
    const { destination_id: destinationId } = await world.addDestination();
    world.meta.revokeToken('EAAB-good-token', true);
    const [eventId = ''] = await world.addConversions(1);
    await world.sender().runOnce();
    const refused = await testDestination(world.tools, destinationId);
    expect(refused).toMatchObject({ isAccepted: false, httpStatus: 401 });
    expect(refused?.explanation).toMatch(/^Meta refuses the credentials or the settings \(Meta 190: /);
    world.meta.revokeToken('EAAB-good-token', false);
    const taken = await testDestination(world.tools, destinationId);
    expect(taken).toMatchObject({ isAccepted: true, httpStatus: 200, response: { events_received: 1 } });
    expect(taken?.receipt).toMatch(/^Asim/);
    expect(world.meta.received.map(({ event }) => event.event_name)).toEqual(['RastroTest']);
    await world.sender().runOnce();
    expect(world.meta.timesTaken(eventId)).toBe(1);
  });

  test('without an answer, or with one that is no JSON, is explained', async () => {
    const { destination_id: destinationId } = await world.addDestination();
    await world.registry.refresh();
    world.meta.behave(
      { kind: 'hang_up' },
      { kind: 'body', status: 502, body: '<html>EAAB-good-token</html>' },
    );
    expect((await testDestination(world.tools, destinationId))?.explanation).toMatch(/could not be reached/);
    const html = await testDestination(world.tools, destinationId);
    expect(html).toMatchObject({ isAccepted: false, response: { text: '<html>[secret]</html>' } });
    expect(await testDestination(world.tools, buildId())).toBeNull();
  });
});

describe('a purchase', () => {
  test('carries product, amount and keys of click and person, and marks payment and click', async () => {
    await world.addDestination();
    const { paymentId, token } = await world.addPurchase();
    await world.sender().runOnce();
    expect(world.meta.received).toHaveLength(1);
    const { event } = world.meta.received[0] ?? {};
    expect(event).toMatchObject({
      event_name: 'Purchase',
      event_id: `purchase_${paymentId}`,
      user_data: {
        fbc: 'fb.1.1.click',
        fbp: 'fb.1.1.1',
        external_id: [expect.anything(), expect.anything()],
      },
      custom_data: { value: 19.9, currency: 'BRL', content_name: 'Course', order_id: paymentId },
    });
    const payment = await world.db.selectFrom('payments').selectAll().where('id', '=', paymentId);
    expect(await payment.executeTakeFirst()).toMatchObject({ meta_purchase_sent: true });
    expect(token).toHaveLength(32);
  });

  test('a page view that was taken marks its session', async () => {
    await world.addDestination();
    const [eventId = ''] = await world.addConversions(1);
    const token = eventId.slice(4);
    const at = now();
    const session = { tracking_token: token, workspace_id: world.workspaceId, root_event_id: eventId };
    await world.db
      .insertInto('meta_tracking_sessions')
      .values({ ...session, created_at: at, updated_at: at })
      .execute();
    await world.sender().runOnce();
    const row = await world.db.selectFrom('meta_tracking_sessions').selectAll().executeTakeFirst();
    expect(row).toMatchObject({ pageview_sent: true, pageview_sent_at: expect.any(Date) });
  });
});

describe('a pool’s switches', () => {
  test('keep an event from Meta, and the conversion says why', async () => {
    const poolId = await world.addPool({ meta_events_viewcontent: false });
    await world.addDestination({ poolId, pixelId: '555' });
    const [sent = ''] = await world.addConversions(1, { poolId });
    const [kept = ''] = await world.addConversions(1, { poolId, name: 'view_content' });
    await world.sender().runOnce();
    expect([world.meta.timesTaken(sent), world.meta.timesTaken(kept)]).toEqual([1, 0]);
    const rows = await listConversions(world.db, { workspaceId: world.workspaceId, limit: 5 });
    const outcomes = rows.map((row) => [row.conversion_name, row.plan_outcome?.split(':')[0]]);
    expect(outcomes).toEqual(expect.arrayContaining([['view_content', 'switched off']]));
  });
});
