import { type NewConversion, saveConversions } from '../../src/conversions/conversions.ts';
import type { ConversionName } from '../../src/domain/conversion.ts';
import { pageViewEventId, purchaseEventId } from '../../src/domain/event-ids.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { openLogger } from '../../src/io/logger.ts';
import { openOutbound } from '../../src/io/outbound.ts';
import { openVault } from '../../src/io/vault.ts';
import { findPlatform } from '../../src/platforms/registry.ts';
import type { LaneTools } from '../../src/send/lane.ts';
import { createSender, type Sender } from '../../src/send/sender.ts';
import { saveDestination } from '../../src/settings/destinations.ts';
import { openRegistry } from '../../src/settings/registry.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { MetaSimulator } from '../../src/simulators/meta.ts';
import { type ListeningSimulator, listenMeta } from '../../src/simulators/meta-server.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';

/** A workspace with simulated Metas and senders around one test database, and a clock that tests can move. */
export type SendWorld = Awaited<ReturnType<typeof openSendWorld>>;

export async function openSendWorld() {
  const database = await openTestDatabase();
  const { db } = database;
  const vault = openVault({ key: 'a key of the tests, long enough for it' });
  const logger = openLogger('silent');
  const workspace = await saveWorkspace(db, { name: 'Send' });
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const metas = new Map<string, { simulator: MetaSimulator; server: ListeningSimulator }>();
  const addMeta = async (name: string) => {
    const simulator = new MetaSimulator({ now: clock.now });
    metas.set(name, { simulator, server: await listenMeta(simulator) });
    return simulator;
  };
  const meta = await addMeta('default');
  const registry = await openRegistry({ db, vault, logger });
  const outbound = openOutbound({ allowPrivate: [], logger });
  const workspaceId = workspace.workspace_id;
  const urlOf = new Map<string, string>();
  const tools: LaneTools = {
    db,
    registry,
    outbound,
    findPlatform,
    baseUrl: (_name, ofWorkspace) => urlOf.get(ofWorkspace) ?? metas.get('default')?.server.url ?? '',
    clock,
    logger,
  };
  return {
    database,
    db,
    vault,
    registry,
    clock,
    meta,
    tools,
    workspaceId,
    addMeta,
    /** Another workspace, whose destinations are at a Meta of its own. */
    async addWorkspace(name: string) {
      const simulator = await addMeta(name);
      const row = await saveWorkspace(db, { name });
      urlOf.set(row.workspace_id, metas.get(name)?.server.url ?? '');
      return { simulator, workspaceId: row.workspace_id };
    },
    sender: (): Sender => createSender(tools),
    addDestination: (options: DestinationOptions = {}) =>
      saveDestination(db, vault, {
        workspaceId: options.workspaceId ?? workspaceId,
        poolId: options.poolId ?? null,
        platform: 'meta',
        name: '',
        credentials: { access_token: options.token ?? 'EAAB-good-token' },
        settings: { pixel_id: options.pixelId ?? '1234567890' },
        isActive: true,
      }),
    addConversions: (count: number, options: ConversionOptions = {}) =>
      addConversions(database, { workspaceId, ...options, count, now: clock.now() }),
    addPurchase: () => addPurchase(database, workspaceId, clock.now()),
    async addPool(switches: { readonly meta_events_viewcontent?: boolean }) {
      const poolId = buildId();
      await db
        .insertInto('pools')
        .values({
          pool_id: poolId,
          workspace_id: workspaceId,
          slug: `s${poolId}`,
          name: 'Pool',
          meta_tracking_enabled: true,
          ...switches,
        })
        .execute();
      return poolId;
    },
    deliveries: () => db.selectFrom('deliveries').selectAll().orderBy('delivery_id').execute(),
    state: (destinationId: string) =>
      db
        .selectFrom('destination_states')
        .selectAll()
        .where('destination_id', '=', destinationId)
        .executeTakeFirst(),
    /** Empties everything but workspaces and clicks, and puts clock and simulators right. */
    async reset() {
      clock.ahead = 0;
      for (const { simulator } of metas.values()) simulator.reset();
      await db.deleteFrom('platform_sync_log').execute();
      await db.deleteFrom('deliveries').execute();
      await db.deleteFrom('conversions').execute();
      await db.deleteFrom('meta_tracking_sessions').execute();
      await db.deleteFrom('destination_states').execute();
      await db.deleteFrom('destinations').execute();
    },
    async close() {
      registry.close();
      await outbound.close();
      for (const { server } of metas.values()) await server.close();
      await database.close();
    },
  };
}

interface DestinationOptions {
  readonly workspaceId?: string;
  readonly poolId?: string;
  readonly token?: string;
  readonly pixelId?: string;
}

interface ConversionOptions {
  readonly workspaceId?: string;
  readonly poolId?: string | null;
  readonly name?: ConversionName;
  readonly consent?: NewConversion['consent'];
  readonly ageMs?: number;
  readonly holdMs?: number;
}

interface AddedConversions extends ConversionOptions {
  readonly workspaceId: string;
  readonly count: number;
  readonly now: number;
}

/** Clicks and one conversion each; returns the event ids. */
async function addConversions({ db }: OpenTestDatabase, options: AddedConversions): Promise<string[]> {
  const tokens = Array.from({ length: options.count }, buildTrackingToken);
  const at = new Date(options.now - (options.ageMs ?? 1_000));
  const clicks = tokens.map((token, index) => ({
    tracking_token: token,
    workspace_id: options.workspaceId,
    pool_id: options.poolId ?? buildId(),
    bot_id: buildId(),
    fbc: `fb.1.${at.getTime()}.click${index}`,
    fbp: `fb.1.${at.getTime()}.${index + 1}`,
    client_ip: '203.0.113.77',
    client_user_agent: 'Mozilla/5.0 (iPhone)',
    event_source_url: 'https://example.com/go/sale?fbclid=click',
    geo_city: 'São Paulo',
    geo_state: 'SP',
    geo_country: 'BR',
    pageview_event_id: pageViewEventId(token),
    pageview_ts: at,
    mode: 'bridge',
    consent: options.consent ?? 'granted',
    created_at: at,
  }));
  await db.insertInto('clicks').values(clicks).execute();
  const conversions = tokens.map((token): NewConversion => {
    const value = options.name === 'purchase' ? { cents: 1990, currency: 'BRL' } : null;
    return {
      workspaceId: options.workspaceId,
      name: options.name ?? 'page_view',
      eventId: pageViewEventId(token),
      occurredAt: at,
      trackingToken: token,
      poolId: options.poolId ?? null,
      value,
      consent: options.consent ?? 'granted',
      holdUntil: new Date(at.getTime() + (options.holdMs ?? 0)),
    };
  });
  await saveConversions(db, conversions);
  return conversions.map(({ eventId }) => eventId);
}

/** A paid payment of a person who came by a click, and its conversion. */
async function addPurchase({ db }: OpenTestDatabase, workspaceId: string, now: number) {
  const [token, botId, botUserId, accountId, paymentId] = [
    buildTrackingToken(),
    buildId(),
    buildId(),
    buildId(),
    buildId(),
  ];
  const at = new Date(now - 1_000);
  const bot = { bot_id: botId, workspace_id: workspaceId };
  await db
    .insertInto('bots')
    .values({
      ...bot,
      name: 'Bot',
      telegram_token: Buffer.from(''),
      telegram_bot_id: now,
      username: 'bot',
      webhook_secret: Buffer.from(''),
      is_active: false,
    })
    .execute();
  await db
    .insertInto('bot_users')
    .values({
      ...bot,
      id: botUserId,
      telegram_user_id: 123456789,
      chat_id: 123456789,
      tracking_session_id: token,
      first_interaction: at,
      last_interaction: at,
      user_agent: 'Mozilla/5.0',
      ip_address: '203.0.113.9',
    })
    .execute();
  await db
    .insertInto('gateway_accounts')
    .values({
      account_id: accountId,
      workspace_id: workspaceId,
      gateway: 'sandbox',
      credentials: Buffer.from(''),
      is_active: false,
    })
    .execute();
  await db
    .insertInto('payments')
    .values({
      ...bot,
      id: paymentId,
      bot_user_id: botUserId,
      customer_user_id: 123456789,
      product_name: 'Course',
      product_delivery_url: 'https://example.com/course',
      account_id: accountId,
      amount: '19.90',
      gateway: 'sandbox',
      status: 'paid',
      request_key: paymentId,
      chat_id: 123456789,
      fbc: 'fb.1.1.other',
      fbp: 'fb.1.1.2',
    })
    .execute();
  await db
    .insertInto('clicks')
    .values({
      tracking_token: token,
      workspace_id: workspaceId,
      pool_id: buildId(),
      bot_id: botId,
      fbc: 'fb.1.1.click',
      fbp: 'fb.1.1.1',
      event_source_url: 'https://example.com/go/sale',
      pageview_event_id: pageViewEventId(token),
      pageview_ts: at,
      mode: 'bridge',
      consent: 'granted',
      created_at: at,
    })
    .execute();
  await saveConversions(db, [
    {
      workspaceId,
      name: 'purchase',
      eventId: purchaseEventId(paymentId),
      occurredAt: at,
      trackingToken: token,
      botUserId,
      paymentId,
      value: { cents: 1990, currency: 'BRL' },
      consent: 'granted',
      holdUntil: at,
    },
  ]);
  return { paymentId, token };
}
