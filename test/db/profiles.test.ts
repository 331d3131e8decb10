import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { saveBotUser, saveStart } from '../../src/bot/save-bot-user.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { runDueProfiles } from '../../src/profiles/due-profiles.ts';
import { findProfile } from '../../src/profiles/find-profile.ts';
import { findProfileProgress } from '../../src/profiles/profile-progress.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { saveWorkspace, updateWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { tools } from './leads-world.ts';

// 15:00 in São Paulo, a Monday.
const NOON = new Date('2026-03-02T18:00:00.000Z');
const after = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1000);

const CLICK = {
  ...{ matched_by: 'token', fbclid: 'abc', ip_hash: 'ab12', is_bot_detected: false, is_mobile: true },
  ...{ geo_city: 'Campinas', geo_state: 'SP', geo_country: 'BR' },
  ...{ device_type: 'iPhone', browser_name: 'Instagram', os_name: 'iOS' },
};

let database: OpenTestDatabase;
let db: OpenTestDatabase['db'];
let workspaceId = '';
let botId = '';
let count = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  db = database.db;
});
afterAll(() => database.close());
beforeEach(async () => {
  count += 1;
  workspaceId = (await saveWorkspace(db, { name: `Profiles ${count}` })).workspace_id;
  const names = { name: 'Loja', token: `${count}:a`, telegramBotId: String(count), username: 'loja_bot' };
  botId = (await saveBot(db, tools.vault, { workspaceId, ...names, delivery: 'webhook' })).bot_id;
});

const runAll = async (): Promise<void> => {
  while ((await runDueProfiles(db)) > 0);
};

/** A person whose click was at noon, and who started so many seconds later. */
async function start(options: {
  user: number;
  seconds: number;
  click?: Partial<typeof CLICK>;
}): Promise<string> {
  const at = after(options.seconds);
  const token = buildTrackingToken();
  return db.transaction().execute(async (tx) => {
    const names = { username: null, firstName: 'Ana', lastName: null, languageCode: 'pt' };
    const person = { userId: options.user, chatId: options.user, ...names };
    const { id } = await saveBotUser(tx, tools.vault, { workspaceId, botId, person, at });
    await tx
      .updateTable('bot_users')
      .set({ tracking_session_id: token, click_timestamp: NOON, ...CLICK, ...options.click })
      .where('id', '=', id)
      .execute();
    const match = { trackingToken: token, matchedBy: 'token', outcome: 'matched' } as const;
    const updateId = options.user * 1000 + Math.round(options.seconds);
    await saveStart(tx, { botUserId: id, workspaceId, updateId, payload: token, at, ...match });
    return id;
  });
}

async function pay(user: number): Promise<string> {
  const account = { account_id: buildId(), workspace_id: workspaceId, gateway: 'sandbox' };
  await db
    .insertInto('gateway_accounts')
    .values({ ...account, credentials: Buffer.from('x') })
    .execute();
  const id = buildId();
  await db
    .insertInto('payments')
    .values({
      ...{ id, workspace_id: workspaceId, bot_id: botId, customer_user_id: user, chat_id: user },
      ...{ product_name: 'Curso', product_delivery_url: 'https://loja.example', amount: '10.00' },
      ...{ account_id: account.account_id, gateway: 'sandbox', request_key: id },
    })
    .execute();
  return id;
}

const stored = (id: string) =>
  db.selectFrom('user_profiles').selectAll().where('bot_user_id', '=', id).executeTakeFirst();
const botRules = async (id: string) =>
  (await findProfile(db, workspaceId, id))?.profile.quality.reasons.bot.map(({ rule }) => rule);

describe('profiles', () => {
  test('a start makes one, whole', async () => {
    const id = await start({ user: 1, seconds: 12.5 });
    expect(await stored(id)).toBeUndefined();
    await runAll();
    expect(await stored(id)).toMatchObject({
      ...{ workspace_id: workspaceId, bot_score: 0, fraud_score: 0, is_suspicious: false },
      reasons: { bot: [], fraud: [] },
      profile: {
        location: { city: 'Campinas', state: 'SP', country: 'BR', ip_hash: 'ab12' },
        device: { type: 'iPhone', browser: 'Instagram', os: 'iOS', is_mobile: true },
        behavior: {
          ...{ click_to_start_seconds: 12.5, access_hour: 15, access_weekday: 1 },
          ...{ starts: 1, payments: 0, paid: 0 },
        },
        quality: {
          ...{ label: 'good', bot_score: 0, fraud_score: 0, reasons: { bot: [], fraud: [] } },
          ...{ is_suspicious: false, has_click_id: true, matched_by: 'token' },
        },
      },
    });
  });

  test('a further start and a payment make it anew, and nothing else does', async () => {
    const id = await start({ user: 1, seconds: 10 });
    await runAll();
    await start({ user: 1, seconds: 90 });
    const payment = await pay(1);
    await runAll();
    expect((await stored(id))?.profile).toMatchObject({ behavior: { starts: 2, payments: 1, paid: 0 } });
    await db.updateTable('payments').set({ status: 'paid' }).where('id', '=', payment).execute();
    expect(await runDueProfiles(db)).toBe(1);
    expect((await stored(id))?.profile).toMatchObject({ behavior: { payments: 1, paid: 1 } });
    await db
      .updateTable('bot_users')
      .set({ last_interaction: after(99) })
      .where('id', '=', id)
      .execute();
    expect(await runDueProfiles(db)).toBe(0);
  });

  test('a changed setting makes those of its workspace anew', async () => {
    const click = { geo_country: 'US', is_bot_detected: true };
    const id = await start({ user: 1, seconds: 1, click });
    await runAll();
    expect(await stored(id)).toMatchObject({ bot_score: 70, fraud_score: 50, is_suspicious: true });
    const settings = JSON.stringify({ score_weights: { bot_declared: 5, suspicious_bot_score: 26 } });
    await updateWorkspace(db, workspaceId, { expected_countries: ['US'], settings });
    expect((await findProfileProgress(db, workspaceId)).botUsers).toEqual({ total: 1, outstanding: 1 });
    expect(await runDueProfiles(db)).toBe(1);
    expect((await findProfileProgress(db, null)).botUsers.outstanding).toBe(0);
    expect(await stored(id)).toMatchObject({ bot_score: 25, fraud_score: 10, is_suspicious: false });
    await updateWorkspace(db, workspaceId, { timezone: 'Asia/Tokyo' });
    await runAll();
    expect((await stored(id))?.profile).toMatchObject({ behavior: { access_hour: 3, access_weekday: 2 } });
    expect(await stored(id)).toMatchObject({ fraud_score: 30 });
    expect(await runDueProfiles(db)).toBe(0);
  });

  test('the sixth of an address within a minute makes all six a burst', async () => {
    const ids: string[] = [];
    for (const user of [1, 2, 3, 4, 5]) ids.push(await start({ user, seconds: user * 10 }));
    const late = await start({ user: 7, seconds: 200 });
    await runAll();
    expect((await stored(ids[0] ?? ''))?.bot_score).toBe(0);
    ids.push(await start({ user: 6, seconds: 60 }));
    await runAll();
    for (const id of ids) expect((await stored(id))?.bot_score).toBe(30);
    expect((await stored(late))?.bot_score).toBe(0);
  });

  test('is made on demand, and only for its own workspace', async () => {
    const id = await start({ user: 1, seconds: 1 });
    expect(await botRules(id)).toEqual(['bot_fast_start']);
    expect((await stored(id))?.bot_score).toBe(20);
    expect(await findProfile(db, buildId(), id)).toBeUndefined();
    expect(await findProfile(db, workspaceId, buildId())).toBeUndefined();
  });

  test('goes in the moment in which the person is erased, and comes back without them', async () => {
    const id = await start({ user: 1, seconds: 10 });
    await runAll();
    const nothing = { ip_hash: null, geo_city: null, fbclid: null };
    await db.updateTable('bot_users').set(nothing).where('id', '=', id).execute();
    expect(await stored(id)).toBeUndefined();
    await runAll();
    expect((await stored(id))?.profile).toMatchObject({ location: { city: null, ip_hash: null } });
  });
});
