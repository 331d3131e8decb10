import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { oweMessages } from '../../src/bot/owe-message.ts';
import { saveBotUser, saveClickOnBotUser, saveStart } from '../../src/bot/save-bot-user.ts';
import { LOG_BODY_CONTEXT } from '../../src/crm-sync/due-rows.ts';
import type { Fact } from '../../src/domain/facts.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { openLogger } from '../../src/io/logger.ts';
import { buildContactHash } from '../../src/leads/lead-tools.ts';
import { openFileLog } from '../../src/log/file-log.ts';
import { namesIn } from '../../src/log/segments.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import type { PrivacyTools } from '../../src/privacy/privacy-tools.ts';
import { createDrain } from '../../src/projections/drain.ts';
import { createEnricher } from '../../src/projections/enrich.ts';
import { findClick } from '../../src/projections/find-clicks.ts';
import { saveBot } from '../../src/settings/bots.ts';
import type { OpenTestDatabase } from '../support/database.ts';
import { drainAll } from './drain-world.ts';
import { type LeadsWorld, openLeadsWorld, tools } from './leads-world.ts';
import { liveBroadcasts } from './privacy-broadcast.ts';
import { buildFacts, type Subject } from './privacy-facts.ts';

/** A person whose every identifier has its own mark. */
export function buildSubject(mark: string, number: number): Subject {
  return {
    ...{ email: `${mark}@example.com`, phone: `551199999${number}`, name: `${mark} Souza` },
    ...{ telegramId: 7_000_000_000 + number, username: `${mark}_tg`, token: buildTrackingToken() },
    ...{ fbclid: `IwAR${mark}Click`, fbp: `fb.1.1700000000000.77${number}`, ip: `189.7.${number % 200}.9` },
    ...{ sessionId: `session-of-${mark}`, externalId: `crm-${mark}`, userAgent: `Browser ${mark}/1.0` },
    cpf: `1112223${number}`,
  };
}

/** The person's identifiers as they may stand anywhere, keyed hashes included. */
export const listNeedles = (one: Subject): string[] => [
  ...[one.email, one.phone, one.name, String(one.telegramId), one.username, one.token, one.fbclid, one.fbp],
  ...[one.ip, one.sessionId, one.externalId, one.userAgent, one.cpf],
  ...[buildContactHash(tools, 'email', one.email), buildContactHash(tools, 'phone', one.phone)],
];

/** A workspace with bots and a site, its log on a disk of its own. */
export interface PrivacyWorld extends LeadsWorld {
  readonly botId: string;
  readonly tools: PrivacyTools;
  /** What the hot stores were told to forget. */
  readonly forgotten: string[];
  record(...facts: readonly Fact[]): Promise<void>;
  drain(): Promise<{ folded: number; refused: number }>;
  /** Folds a copy of the log that was made before, as another machine's or a restored one. */
  replay(copy: string): Promise<{ folded: number; refused: number }>;
  copyLog(): string;
  /** All bytes of the log's files. */
  readLogFiles(): Promise<string>;
  /** Everything that can happen to a person. */
  live(one: Subject, at?: number): Promise<void>;
  facts(one: Subject, at: number): Fact[];
  close(): void;
}

const DAY_MS = 86_400_000;

/** Opens the world in the database. */
export async function openPrivacyWorld(database: OpenTestDatabase): Promise<PrivacyWorld> {
  const leads = await openLeadsWorld(database);
  const { db, workspaceId, domainId } = leads;
  const directory = mkdtempSync(join(tmpdir(), 'rastro-privacy-'));
  const logDirectory = join(directory, 'log');
  const forgotten: string[] = [];
  const instanceId = buildId();
  const poolId = buildId();
  const botId = await addBot(db, workspaceId);
  const enricher = createEnricher({ geo: null });
  const drainOf = (where: string, instance: string) =>
    drainAll(
      createDrain({
        ...{
          db,
          log: openFileLog({ directory: where, instanceId: instance }),
          ipHashSalt: tools.ipHashSalt,
          leads: tools,
        },
        ...{ enricher, logger: openLogger('silent'), clock: Date },
      }),
    );
  const record: PrivacyWorld['record'] = async (...facts) => {
    const log = await openLogWriter({ directory: join(logDirectory, 'main') });
    await Promise.all(facts.map((fact) => log.append(JSON.stringify(fact))));
    await log.close();
  };
  const drain = () => drainOf(logDirectory, instanceId);
  const places = { workspaceId, domainId, poolId, botId };
  const facts = (one: Subject, at: number) => buildFacts(places, one, at);
  const world: PrivacyWorld = {
    ...leads,
    ...{ botId, forgotten, record, drain, facts },
    tools: {
      ...{ db, leads: tools, archiveDirectory: join(directory, 'archive') },
      log: openFileLog({ directory: logDirectory, instanceId }),
      forgetHot: async (clicks) => {
        forgotten.push(...clicks.flatMap(({ token, fbclid }) => [token, fbclid ?? '']));
      },
    },
    replay: (copy) => drainOf(copy, buildId()),
    copyLog: () => {
      const copy = mkdtempSync(join(directory, 'copy-'));
      cpSync(logDirectory, copy, { recursive: true });
      return copy;
    },
    readLogFiles: () => readSegments(join(logDirectory, 'main')),
    live: async (one, at = Date.now() - 60_000) => {
      await record(...facts(one, at));
      await drain();
      await liveInBot(world, one);
      await liveAtCrm(world, one);
    },
    close: () => rmSync(directory, { recursive: true }),
  };
  return world;
}

async function addBot(db: PrivacyWorld['db'], workspaceId: string): Promise<string> {
  const bot = await saveBot(db, tools.vault, {
    ...{ workspaceId, name: 'Loja', token: '1:secret', telegramBotId: '1', username: 'loja_bot' },
    delivery: 'webhook',
  });
  return bot.bot_id;
}

async function readSegments(folder: string): Promise<string> {
  const names = await namesIn(folder);
  const segments = names.filter((name) => name.endsWith('.log'));
  return segments.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}

async function liveInBot({ db, workspaceId, botId }: PrivacyWorld, one: Subject): Promise<void> {
  const at = new Date();
  const click = await findClick(db, one.token);
  if (click === null) throw new Error('The click was not folded.');
  const person = { userId: one.telegramId, chatId: one.telegramId, username: one.username };
  const names = { firstName: one.name, lastName: null, languageCode: 'pt' };
  const user = await saveBotUser(db, tools.vault, {
    workspaceId,
    botId,
    person: { ...person, ...names },
    at,
  });
  await saveClickOnBotUser(db, user, { click, matchedBy: 'token' });
  await saveStart(db, {
    ...{ botUserId: user.id, workspaceId, updateId: one.telegramId % 100_000, payload: one.token },
    ...{ trackingToken: one.token, matchedBy: 'token', outcome: 'matched_token', at },
  });
  await oweMessages(db, tools.vault, [
    {
      ...{ workspaceId, botId, chatId: one.telegramId, dedupeKey: `welcome:${one.telegramId}` },
      text: { html: `Olá ${one.name}`, buttons: [], qrOf: null },
    },
  ]);
  await liveBroadcasts({ db, workspaceId, botId }, { telegramId: one.telegramId, botUserId: user.id });
  await livePayment({ db, workspaceId, botId }, one, user.id);
}

async function livePayment(
  { db, workspaceId, botId }: Pick<PrivacyWorld, 'db' | 'workspaceId' | 'botId'>,
  one: Subject,
  botUserId: string,
): Promise<void> {
  const [accountId, paymentId, conversionId] = [buildId(), buildId(), buildId()];
  const account = { account_id: accountId, workspace_id: workspaceId, gateway: 'sandbox' };
  const credentials = tools.vault.seal('{}', 'gateway_accounts.credentials');
  await db
    .insertInto('gateway_accounts')
    .values({ ...account, credentials })
    .execute();
  const origin = { tracking_token: one.token, fbclid: one.fbclid, fbp: one.fbp };
  await db
    .insertInto('payments')
    .values({
      ...{ id: paymentId, workspace_id: workspaceId, bot_id: botId, bot_user_id: botUserId, ...origin },
      ...{ customer_user_id: String(one.telegramId), chat_id: String(one.telegramId), amount: '19.90' },
      ...{ product_name: 'Curso', product_delivery_url: 'https://x', account_id: accountId, status: 'paid' },
      ...{ gateway: 'sandbox', gateway_charge_id: `charge-${paymentId}`, request_key: buildId() },
      ...{ pageview_event_id: `evt_${one.token}`, paid_at: new Date() },
    })
    .execute();
  const told = {
    webhook_id: buildId(),
    account_id: accountId,
    workspace_id: workspaceId,
    gateway: 'sandbox',
  };
  const body = Buffer.from(JSON.stringify({ payer: { name: one.name, cpf: one.cpf } })).toString('base64');
  const state = { verified: true, payment_id: paymentId, state: 'done' };
  await db
    .insertInto('gateway_webhooks')
    .values({ ...told, ...state, body: tools.vault.seal(body, 'gateway_webhooks.body') })
    .execute();
  await db
    .insertInto('conversions')
    .values({
      ...{ conversion_id: conversionId, workspace_id: workspaceId, conversion_name: 'purchase' },
      ...{ event_id: `purchase_${paymentId}`, occurred_at: new Date(), tracking_token: one.token },
      ...{ payment_id: paymentId, consent: 'granted', hold_until: new Date() },
    })
    .execute();
  const payload = {
    event_name: 'Purchase',
    user_data: { external_id: [one.token], client_ip_address: one.ip },
  };
  const answer = { sync_status: 'success', response_data: JSON.stringify({ echo: one.fbp }) };
  const attempt = { sync_id: buildId(), workspace_id: workspaceId, conversion_id: conversionId };
  await db
    .insertInto('platform_sync_log')
    .values({ ...attempt, ...answer, platform: 'meta', request_payload: JSON.stringify(payload) })
    .execute();
}

async function liveAtCrm({ db, workspaceId, stage }: PrivacyWorld, one: Subject): Promise<void> {
  const found = await db
    .selectFrom('leads')
    .select('lead_id')
    .where('external_id', '=', one.externalId)
    .executeTakeFirstOrThrow();
  await stage(found.lead_id, 'won', 19_900);
  const row = {
    log_id: buildId(),
    workspace_id: workspaceId,
    status: 'success',
    integration_name: 'webhook',
  };
  await db
    .insertInto('integrations_log')
    .values({
      ...{ ...row, lead_id: found.lead_id, integration_type: 'push', external_id: one.externalId },
      request_data: JSON.stringify({ note: one.name }),
    })
    .execute();
  const body = tools.vault.seal(JSON.stringify({ deal: 1, contact: one.email }), LOG_BODY_CONTEXT);
  await db
    .insertInto('integrations_log')
    .values({ ...row, log_id: buildId(), status: 'ignored', integration_type: 'webhook', body })
    .execute();
}

/** Rows of every table that has one, by table: what an erasure must not change. */
export async function countRows(db: PrivacyWorld['db']): Promise<Record<string, number>> {
  const tables = [
    ...(['clicks', 'sessions', 'page_views', 'events', 'utm_tracking', 'leads', 'lead_stages'] as const),
    ...(['offline_conversions', 'payments', 'conversions', 'bot_users', 'platform_sync_log'] as const),
    ...(['broadcast_recipients', 'broadcast_opt_outs'] as const),
  ];
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await sql<{ rows: string }>`select count(*) as rows from ${sql.table(table)}`.execute(
      db,
    );
    counts[table] = Number(rows[0]?.rows);
  }
  return counts;
}

/** So many days ago, ms since the epoch. */
export const daysAgo = (days: number): number => Date.now() - days * DAY_MS;
