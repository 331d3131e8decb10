import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBotUser } from '../../src/bot/save-bot-user.ts';
import { saveBroadcast } from '../../src/broadcasts/broadcasts.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { listRuns } from '../../src/privacy/privacy-runs.ts';
import { runRetention } from '../../src/privacy/run-retention.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { updateWorkspace } from '../../src/settings/workspaces.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';
import { listColumns } from '../support/search-database.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';

const DAY_MS = 86_400_000;
const NOW = new Date();
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

let database: OpenTestDatabase;
let world: LeadsWorld;
let botId: string;

beforeAll(async () => {
  database = await openTestDatabase();
  world = await openLeadsWorld(database);
  const { db, workspaceId } = world;
  await sql`select ensure_month_partitions(p, (now() - interval '10 months')::date, 12)
    from unnest('{clicks,utm_tracking,page_views,events,leads}'::regclass[]) as p`.execute(db);
  botId = await makeBot();
  // A month of days, each with one of everything, and leads of the months before.
  for (let day = 0; day <= 31; day += 1) await seedDay(workspaceId, day);
  for (const day of [100, 170, 190, 240]) await seedLead(day);
});
afterAll(() => database.close());

async function makeBot(): Promise<string> {
  const bot = await saveBot(world.db, tools.vault, {
    ...{
      workspaceId: world.workspaceId,
      name: 'Loja',
      token: '1:a',
      telegramBotId: '1',
      username: 'loja_bot',
    },
    delivery: 'webhook',
  });
  return bot.bot_id;
}

async function seedDay(workspaceId: string, day: number): Promise<void> {
  const { db } = world;
  const at = daysAgo(day);
  const token = buildTrackingToken();
  const click = { tracking_token: token, workspace_id: workspaceId, pool_id: buildId(), bot_id: botId };
  await db
    .insertInto('clicks')
    .values({
      ...{
        ...click,
        client_ip: '189.1.2.3',
        ip_hash: 'hash',
        event_source_url: 'https://x',
        fbp: 'fb.1.1.1',
      },
      ...{ pageview_event_id: `evt_${token}`, pageview_ts: at, mode: 'bridge', consent: 'granted' },
      created_at: at,
    })
    .execute();
  const person = {
    userId: 1000 + day,
    chatId: 1000 + day,
    username: 'ana',
    firstName: 'Ana',
    lastName: null,
  };
  const seen = { workspaceId, botId, person: { ...person, languageCode: null }, at };
  const { id } = await saveBotUser(db, tools.vault, seen);
  const address = { click_timestamp: at, ip_address: '189.1.2.3', ip_hash: 'hash' };
  await db.updateTable('bot_users').set(address).where('id', '=', id).execute();
  const { broadcast_id } = await saveBroadcast(db, workspaceId, { name: 'Promoção', bot_ids: [botId] });
  await db
    .insertInto('broadcast_recipients')
    .values({
      ...{ broadcast_id, workspace_id: workspaceId, bot_id: botId, bot_user_id: id, state: 'sent' },
      ...{ telegram_user_id: person.userId, telegram_message_id: '7', settled_at: at },
    })
    .execute();
  await db
    .insertInto('platform_sync_log')
    .values({
      ...{ sync_id: buildId(), workspace_id: workspaceId, conversion_id: buildId(), platform: 'meta' },
      ...{ sync_status: 'success', synced_at: at, response_data: '{"events_received":1}' },
      request_payload: '{"event_name":"Purchase","user_data":{"em":["abc"],"ph":["def"]}}',
    })
    .execute();
}

const seedLead = (day: number) =>
  world.save(
    world.lead({
      ...{ name: 'Ana Souza', email: `ana${day}@example.com`, phone: '+5511999998888', message: 'Oi' },
      ...{ clientIp: '189.1.2.3', userAgent: 'UA', createdAt: daysAgo(day), metadata: { note: 'x' } },
    }),
  );

const run = (isDryRun = false) => runRetention(world.db, { now: NOW, isDryRun, actor: 'test' });

async function readAll() {
  const { db } = world;
  return {
    clicks: await db.selectFrom('clicks').selectAll().orderBy('created_at').execute(),
    people: await db.selectFrom('bot_users').selectAll().orderBy('telegram_user_id').execute(),
    leads: await db.selectFrom('leads').selectAll().orderBy('created_at').execute(),
    log: await db.selectFrom('platform_sync_log').selectAll().orderBy('synced_at').execute(),
  };
}

/** Every row of every table, but for the record of the runs themselves. */
async function readEverything(): Promise<Record<string, readonly string[]>> {
  const tables = new Map((await listColumns(world.db)).map((one) => [one.table_name, one.schema_name]));
  const everything: Record<string, readonly string[]> = {};
  for (const [table, schema] of tables) {
    if (table === 'privacy_runs') continue;
    const { rows } = await sql<{ row: string }>`
      select t::text as row from ${sql.id(schema, table)} as t order by 1`.execute(world.db);
    everything[table] = rows.map(({ row }) => row);
  }
  return everything;
}

describe('retention', () => {
  it('only counts in a dry run', async () => {
    const before = await readAll();
    const [report] = await run(true);
    expect(report?.counts).toMatchObject({
      ...{ 'clicks.client_ip': 24, 'bot_users.ip_address': 24, 'leads.personal': 2 },
      ...{ 'platform_sync_log.request_payload': 1, 'bot_users.names': 0 },
      'broadcast_recipients.contents': 1,
    });
    expect(report?.counts).not.toHaveProperty('clicks.browser');
    expect(await readAll()).toEqual(before);
  });

  it('clears what is old and keeps hashes and totals', async () => {
    const [report] = await run();
    expect(report).toMatchObject({
      is_dry_run: false,
      counts: { 'clicks.client_ip': 24, 'leads.personal': 2 },
    });
    const { clicks, people, leads, log } = await readAll();
    expect(clicks.filter((row) => row.client_ip !== null)).toHaveLength(8);
    expect(clicks.every((row) => row.ip_hash === 'hash' && row.fbp !== null)).toBe(true);
    expect(people.filter((row) => row.ip_address !== null)).toHaveLength(8);
    const [oldest] = leads;
    expect(oldest).toMatchObject({ name: null, email: null, phone: null, message: null, client_ip: null });
    expect(oldest).toMatchObject({ user_agent: null, metadata: {}, hashed_email: expect.any(String) });
    expect(oldest?.anonymised_at).toBeInstanceOf(Date);
    expect(oldest?.lead_score).toEqual(expect.any(Number));
    expect(leads.filter((row) => row.email !== null)).toHaveLength(2);
    expect(log[0]?.request_payload).toEqual({ cleared_fields: ['em', 'event_name', 'ph', 'user_data'] });
    expect(log[0]?.response_data).toBeNull();
    expect(log[1]?.request_payload).toMatchObject({ event_name: 'Purchase' });
  });

  it('changes nothing when it runs again', async () => {
    const before = await readEverything();
    expect(Object.keys(before).length).toBeGreaterThan(50);
    const [report] = await run();
    expect(Object.values(report?.counts ?? {}).every((rows) => rows === 0)).toBe(true);
    expect(await readEverything()).toEqual(before);
  });

  it('follows the settings of the workspace', async () => {
    const settings = JSON.stringify({ retention: { ip_days: 3, click_days: 20, name_days: 30 } });
    await updateWorkspace(world.db, world.workspaceId, { settings });
    const [report] = await run();
    expect(report?.counts).toMatchObject({
      ...{ 'clicks.client_ip': 4, 'clicks.browser': 11, 'bot_users.names': 1 },
    });
    const { clicks, people } = await readAll();
    expect(clicks.filter((row) => row.fbp === null)).toHaveLength(11);
    expect(people.filter((row) => row.first_name === null)).toHaveLength(1);
  });

  it('leaves a record that nobody can change', async () => {
    const runs = await listRuns(world.db, { workspaceId: world.workspaceId, limit: 10 });
    expect(runs.map(({ kind, actor, is_dry_run }) => ({ kind, actor, is_dry_run }))).toEqual([
      ...Array.from({ length: 3 }, () => ({ kind: 'retention', actor: 'test', is_dry_run: false })),
      { kind: 'retention', actor: 'test', is_dry_run: true },
    ]);
    expect(Number(runs[2]?.rows_total)).toBe(53);
    await expect(sql`delete from privacy_runs`.execute(world.db)).rejects.toThrow('append-only');
    await expect(sql`update privacy_runs set actor = 'x'`.execute(world.db)).rejects.toThrow('append-only');
    await expect(sql`truncate privacy_runs`.execute(world.db)).rejects.toThrow('append-only');
  });
});
