import type { Insertable, Kysely } from 'kysely';
import { saveConversions } from '../../src/conversions/conversions.ts';
import { pageViewEventId, purchaseEventId } from '../../src/domain/event-ids.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import type { Database } from '../../src/io/database.gen.ts';

const NOTHING = Buffer.from('');

/** A paid payment of a person who came by a click, and its conversion. */
export async function addPurchase(db: Kysely<Database>, workspaceId: string, now: number) {
  const at = new Date(now - 1_000);
  const bot = { bot_id: buildId(), workspace_id: workspaceId };
  const person = { botUserId: buildId(), token: buildTrackingToken(), paymentId: buildId() };
  await addBot(db, bot, now);
  await addPerson(db, { ...bot, id: person.botUserId, tracking_session_id: person.token, at });
  await addPayment(db, { ...bot, id: person.paymentId, bot_user_id: person.botUserId });
  await addClick(db, { ...bot, token: person.token, at });
  const conversion = {
    workspaceId,
    name: 'purchase',
    eventId: purchaseEventId(person.paymentId),
    occurredAt: at,
    trackingToken: person.token,
    botUserId: person.botUserId,
    paymentId: person.paymentId,
    value: { cents: 1990, currency: 'BRL' },
    consent: 'granted',
    holdUntil: at,
  } as const;
  await saveConversions(db, [conversion]);
  return person;
}

interface BotKey {
  readonly bot_id: string;
  readonly workspace_id: string;
}

async function addBot(db: Kysely<Database>, bot: BotKey, now: number): Promise<void> {
  const secrets = { telegram_token: NOTHING, webhook_secret: NOTHING };
  const row = { ...bot, ...secrets, name: 'Bot', telegram_bot_id: now, username: 'bot', is_active: false };
  await db.insertInto('bots').values(row).execute();
}

async function addPerson(
  db: Kysely<Database>,
  {
    at,
    ...person
  }: BotKey & { readonly id: string; readonly tracking_session_id: string; readonly at: Date },
): Promise<void> {
  const row: Insertable<Database['bot_users']> = {
    ...person,
    telegram_user_id: 123456789,
    chat_id: 123456789,
    first_interaction: at,
    last_interaction: at,
    user_agent: 'Mozilla/5.0',
    ip_address: '203.0.113.9',
  };
  await db.insertInto('bot_users').values(row).execute();
}

async function addPayment(
  db: Kysely<Database>,
  payment: BotKey & { readonly id: string; readonly bot_user_id: string },
): Promise<void> {
  const account = { account_id: buildId(), workspace_id: payment.workspace_id };
  const sandbox = { gateway: 'sandbox', credentials: NOTHING, is_active: false };
  await db
    .insertInto('gateway_accounts')
    .values({ ...account, ...sandbox })
    .execute();
  const row: Insertable<Database['payments']> = {
    ...payment,
    customer_user_id: 123456789,
    chat_id: 123456789,
    product_name: 'Course',
    product_delivery_url: 'https://example.com/course',
    account_id: account.account_id,
    amount: '19.90',
    gateway: 'sandbox',
    status: 'paid',
    request_key: payment.id,
    fbc: 'fb.1.1.other',
    fbp: 'fb.1.1.2',
  };
  await db.insertInto('payments').values(row).execute();
}

async function addClick(
  db: Kysely<Database>,
  { token, at, ...bot }: BotKey & { readonly token: string; readonly at: Date },
): Promise<void> {
  const row: Insertable<Database['clicks']> = {
    ...bot,
    tracking_token: token,
    pool_id: buildId(),
    fbc: 'fb.1.1.click',
    fbp: 'fb.1.1.1',
    event_source_url: 'https://example.com/go/sale',
    pageview_event_id: pageViewEventId(token),
    pageview_ts: at,
    mode: 'bridge',
    consent: 'granted',
    created_at: at,
  };
  await db.insertInto('clicks').values(row).execute();
}
