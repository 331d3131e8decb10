import { type Kysely, sql } from 'kysely';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import type { Database } from '../../src/io/database.gen.ts';
import { refreshViews } from '../../src/jobs/refresh-views.ts';
import type { Question } from '../../src/reports/analytics/answer.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import { openTestDatabase } from '../support/database.ts';
import { type Parts, type Utm, utmOf } from './analytics-parts.ts';
import { buildSiteAdders } from './analytics-site.ts';

/** A workspace in São Paulo whose rows are put in by hand, and the questions about it. */
export type AnalyticsWorld = Awaited<ReturnType<typeof openAnalyticsWorld>>;

export async function openAnalyticsWorld() {
  const database = await openTestDatabase();
  const { db } = database;
  await sql`select ensure_month_partitions(parent, '2026-10-01', 3)
    from unnest('{clicks,utm_tracking,page_views,events,leads}'::regclass[]) as parent`.execute(db);
  const { workspace_id: workspaceId } = await saveWorkspace(db, { name: 'Loja' });
  const domainId = await addDomain(db, workspaceId);
  const parts = { database, db, workspaceId, domainId, poolId: buildId() };
  return {
    ...parts,
    ...buildAdders(parts),
    /** Makes the views anew, whatever the marker says. */
    refresh: () =>
      refreshViews(db, { now: new Date(), signal: new AbortController().signal, isForced: true }),
    /** A question about days of November 2026. */
    ask: (from: number, to: number, more: Partial<Question> = {}): Question => ({
      workspaceId,
      currency: 'BRL',
      range: { from: buildDay(from), to: buildDay(to), timezone: 'America/Sao_Paulo', isOwnZone: true },
      groupBy: [],
      filters: {},
      limit: 100,
      ...more,
    }),
    close: () => database.close(),
  };
}

const buildDay = (day: number): string => `2026-11-${String(day).padStart(2, '0')}`;

async function addDomain(db: Kysely<Database>, workspaceId: string): Promise<string> {
  const domain = { domain_id: buildId(), domain_name: 'Loja', domain_url: 'https://loja.example' };
  await db
    .insertInto('domains')
    .values({ ...domain, workspace_id: workspaceId })
    .execute();
  return domain.domain_id;
}

function buildAdders(parts: Parts) {
  const { db, workspaceId } = parts;
  return {
    ...buildSiteAdders(parts),
    ...buildTelegramAdders(parts),
    addSpend: (row: { day: string; campaign: string; cents: number; id?: string; currency?: string }) =>
      db
        .insertInto('ad_spend')
        .values({
          workspace_id: workspaceId,
          day: row.day,
          platform: 'meta',
          campaign_id: row.id ?? '',
          campaign_name: row.campaign,
          cost_cents: row.cents,
          currency: row.currency ?? 'BRL',
          impressions: 1000,
          clicks: 10,
        })
        .execute(),
    addRate: (day: string, currency: string, rate: string) =>
      db
        .insertInto('currency_rates')
        .values({ workspace_id: workspaceId, day, currency, base: 'BRL', rate })
        .execute(),
  };
}

const buildTelegramAdders = (parts: Parts) => ({
  ...buildClickAdder(parts),
  ...buildBuyerAdders(parts),
  ...buildRefunder(parts),
});

function buildRefunder({ db }: Parts) {
  return {
    refund: (paymentId: string, at: string) =>
      db
        .updateTable('payments')
        .set({ status: 'refunded', refunded_at: at })
        .where('id', '=', paymentId)
        .execute(),
  };
}

function buildBuyerAdders({ db, workspaceId, poolId }: Parts) {
  let people = 0;
  const accounts = new Map<string, Promise<{ account_id: string; bot_id: string }>>();
  const account = () => {
    const found = accounts.get('one') ?? addShop(db, workspaceId);
    accounts.set('one', found);
    return found;
  };
  return {
    async addPerson(at: string, utm: Utm & { clickedAt?: string; isBot?: boolean } = {}) {
      people += 1;
      const id = buildId();
      const { bot_id } = await account();
      const times = { first_interaction: at, last_interaction: at, click_timestamp: utm.clickedAt ?? null };
      const who = {
        id,
        workspace_id: workspaceId,
        bot_id,
        telegram_user_id: `${people}`,
        chat_id: `${people}`,
      };
      await db
        .insertInto('bot_users')
        .values({ ...who, ...times, ...utmOf(utm), is_bot_detected: utm.isBot ?? false })
        .execute();
      return id;
    },
    async addPayment(
      personId: string,
      payment: Utm & { amount: string; paidAt: string | null; currency?: string },
    ) {
      const id = buildId();
      const { account_id, bot_id } = await account();
      await db
        .insertInto('payments')
        .values({
          id,
          workspace_id: workspaceId,
          bot_id,
          account_id,
          bot_user_id: personId,
          customer_user_id: '1',
          chat_id: '1',
          product_name: 'Curso',
          product_delivery_url: 'https://loja.example/curso',
          amount: payment.amount,
          currency: payment.currency ?? 'BRL',
          status: payment.paidAt === null ? 'pending' : 'paid',
          gateway: 'sandbox',
          pool_id: poolId,
          request_key: id,
          ...utmOf(payment),
          created_at: payment.paidAt ?? '2026-11-09T15:00:00Z',
          paid_at: payment.paidAt,
        })
        .execute();
      return id;
    },
  };
}

function buildClickAdder({ db, workspaceId, poolId }: Parts) {
  return {
    async addClick(at: string, utm: Utm & { isBot?: boolean; country?: string } = {}) {
      const token = buildTrackingToken();
      const click = {
        tracking_token: token,
        pool_id: poolId,
        bot_id: buildId(),
        mode: 'bridge',
        consent: 'granted',
      };
      const page = { event_source_url: 'https://go.example/go/a', pageview_event_id: `evt_${token}` };
      await db
        .insertInto('clicks')
        .values({
          ...click,
          ...page,
          ...utmOf(utm),
          workspace_id: workspaceId,
          pageview_ts: at,
          created_at: at,
          is_bot_detected: utm.isBot ?? false,
          geo_country: utm.country ?? null,
        })
        .execute();
      return token;
    },
  };
}

async function addShop(db: Kysely<Database>, workspaceId: string) {
  const secrets = { telegram_token: Buffer.from('x'), webhook_secret: Buffer.from('x') };
  const bot = {
    bot_id: buildId(),
    workspace_id: workspaceId,
    name: 'Bot',
    username: 'bot',
    telegram_bot_id: '1',
  };
  await db
    .insertInto('bots')
    .values({ ...bot, ...secrets })
    .execute();
  const account = { account_id: buildId(), workspace_id: workspaceId, gateway: 'sandbox', name: '' };
  await db
    .insertInto('gateway_accounts')
    .values({ ...account, credentials: Buffer.from('x') })
    .execute();
  return { account_id: account.account_id, bot_id: bot.bot_id };
}
