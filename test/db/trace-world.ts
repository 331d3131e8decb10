import { purchaseEventId } from '../../src/domain/event-ids.ts';
import { buildId } from '../../src/domain/ids.ts';
import { type DrainWorld, openDrainWorld } from './drain-world.ts';

/** Who presses Start and buys in these tests. */
export const TELEGRAM_USER = '700100200';

/** A drain's world with a bot, a pool, a gateway account and a destination. */
export async function openTraceWorld(): Promise<DrainWorld> {
  const world = await openDrainWorld();
  await addSettings(world);
  return world;
}

/** What deliveries and payments belong to. */
export const ids = { account: buildId(), destination: buildId() };
const sealed = Buffer.from('sealed');

async function addSettings(world: DrainWorld): Promise<void> {
  const { db, workspaceId: workspace_id, botId: bot_id, poolId: pool_id } = world;
  await db
    .insertInto('workspaces')
    .values({ workspace_id, name: `Trace ${workspace_id}` })
    .execute();
  const bot = {
    bot_id,
    workspace_id,
    name: 'Shop',
    telegram_token: sealed,
    telegram_bot_id: '1',
    username: 'shop_bot',
  };
  await db
    .insertInto('bots')
    .values({ ...bot, webhook_secret: sealed })
    .execute();
  await db.insertInto('pools').values({ pool_id, workspace_id, slug: 'shop', name: 'Shop' }).execute();
  const account = { account_id: ids.account, workspace_id, gateway: 'sandbox', credentials: sealed };
  await db.insertInto('gateway_accounts').values(account).execute();
  const destination = {
    destination_id: ids.destination,
    workspace_id,
    platform: 'meta',
    credentials: sealed,
  };
  await db.insertInto('destinations').values(destination).execute();
}

/** Returns the bot user's id. */
export async function addPerson(world: DrainWorld, telegramUserId: string, at: Date): Promise<string> {
  const id = buildId();
  const known = {
    id,
    workspace_id: world.workspaceId,
    bot_id: world.botId,
    telegram_user_id: telegramUserId,
  };
  const contact = { chat_id: telegramUserId, first_interaction: at, last_interaction: at };
  await world.db
    .insertInto('bot_users')
    .values({ ...known, ...contact, ip_hash: 'abc', user_agent: 'UA', device_type: 'iPhone' })
    .execute();
  return id;
}

/** A /start and how it ended. */
export interface Start {
  readonly botUserId: string;
  readonly payload: string | null;
  readonly token: string | null;
  readonly outcome: string;
  readonly at: Date;
}

/** Somebody pressed Start. */
export async function addStart(
  world: DrainWorld,
  { botUserId, payload, token, outcome, at }: Start,
): Promise<void> {
  const matched = { tracking_token: token, matched_by: token === null ? null : 'token', outcome, payload };
  const start = { bot_user_id: botUserId, update_id: String(at.getTime()), workspace_id: world.workspaceId };
  await world.db
    .insertInto('bot_starts')
    .values({ ...start, ...matched, started_at: at })
    .execute();
}

/** Returns the payment's id. */
export async function addPaidPayment(
  world: DrainWorld,
  { botUserId, token, at }: Pick<Start, 'botUserId' | 'token' | 'at'>,
): Promise<string> {
  const id = buildId();
  const { db, workspaceId: workspace_id, botId: bot_id } = world;
  const buyer = { bot_user_id: botUserId, customer_user_id: TELEGRAM_USER, chat_id: TELEGRAM_USER };
  const goods = {
    product_name: 'E-book',
    product_delivery_url: 'https://x.test',
    amount: '19.90',
    gateway: 'sandbox',
  };
  const charge = {
    account_id: ids.account,
    request_key: id,
    status: 'paid',
    tracking_token: token,
    created_at: at,
  };
  await db
    .insertInto('payments')
    .values({ id, workspace_id, bot_id, ...buyer, ...goods, ...charge })
    .execute();
  const event = {
    event_id: buildId(),
    payment_id: id,
    workspace_id,
    from_status: 'pending',
    to_status: 'paid',
  };
  await db
    .insertInto('payment_events')
    .values({ ...event, cause: 'webhook', at: later(at, 1000) })
    .execute();
  return id;
}

/** A Purchase that went out at the second attempt. */
export async function addSentPurchase(
  world: DrainWorld,
  { paymentId, token, at }: { readonly paymentId: string; readonly token: string; readonly at: Date },
): Promise<void> {
  const { db, workspaceId: workspace_id } = world;
  const conversion_id = buildId();
  const purchase = {
    conversion_id,
    workspace_id,
    conversion_name: 'purchase',
    event_id: purchaseEventId(paymentId),
  };
  const facts = {
    tracking_token: token,
    payment_id: paymentId,
    value: '19.90',
    currency: 'BRL',
    consent: 'granted',
  };
  await db
    .insertInto('conversions')
    .values({ ...purchase, ...facts, occurred_at: at, hold_until: at, planned_at: at })
    .execute();
  const delivery = {
    delivery_id: buildId(),
    workspace_id,
    conversion_id,
    destination_id: ids.destination,
    platform: 'meta',
  };
  await db
    .insertInto('deliveries')
    .values({ ...delivery, state: 'sent', attempts: 2, deadline_at: at, receipt: 'AbCtrace' })
    .execute();
  const attempts = [
    { attempt: 1, sync_status: 'failed', http_status_code: 500, error_message: 'try later', receipt: null },
    { attempt: 2, sync_status: 'success', http_status_code: 200, error_message: null, receipt: 'AbCtrace' },
  ];
  for (const row of attempts)
    await db
      .insertInto('platform_sync_log')
      .values({ ...delivery, sync_id: buildId(), ...row, synced_at: later(at, row.attempt * 1000) })
      .execute();
}

/** So many ms later. */
export const later = (at: Date, ms: number) => new Date(at.getTime() + ms);
