import { sql } from 'kysely';
import { saveBotUser } from '../../src/bot/save-bot-user.ts';
import { buildId, buildTrackingToken } from '../../src/domain/ids.ts';
import { saveBot } from '../../src/settings/bots.ts';
import { saveWorkspace } from '../../src/settings/workspaces.ts';
import type { OpenTestDatabase } from '../support/database.ts';
import { tools } from './leads-world.ts';

type Db = OpenTestDatabase['db'];
type Columns = Readonly<Record<string, unknown>>;

/** A person of a bot as a test describes it; what is absent is unknown. */
export interface SeededPerson {
  readonly user: number;
  /** Columns of `bot_users`. */
  readonly columns?: Columns;
  /** Columns of the click; absent = the person came by none. */
  readonly click?: Columns;
  readonly scores?: { readonly bot: number; readonly fraud: number; readonly isSuspicious: boolean };
  readonly payments?: readonly SeededPayment[];
}

/** One payment of a person. */
export interface SeededPayment {
  readonly amount: string;
  readonly paidAt: string;
  readonly status?: string;
  readonly currency?: string;
  readonly productId?: string;
}

/** A workspace with a bot and how people come into it. */
export interface SegmentsWorld {
  readonly db: Db;
  readonly workspaceId: string;
  readonly botId: string;
  readonly poolId: string;
  /** Returns the bot user's id. */
  person(person: SeededPerson): Promise<string>;
}

let worlds = 0;

/** Makes a workspace of its own in the database. */
export async function openSegmentsWorld({ db }: OpenTestDatabase): Promise<SegmentsWorld> {
  worlds += 1;
  await sql`select ensure_month_partitions('clicks', '2026-11-01', 1)`.execute(db);
  const workspace = await saveWorkspace(db, { name: `Segments ${worlds}`, timezone: 'America/Sao_Paulo' });
  const workspaceId = workspace.workspace_id;
  const names = { name: 'Loja', token: `${worlds}:a`, telegramBotId: String(worlds), username: 'loja_bot' };
  const bot = await saveBot(db, tools.vault, { workspaceId, ...names, delivery: 'webhook' });
  const account = { account_id: buildId(), workspace_id: workspaceId, gateway: 'sandbox' };
  await db
    .insertInto('gateway_accounts')
    .values({ ...account, credentials: Buffer.from('x') })
    .execute();
  const world = { db, workspaceId, botId: bot.bot_id, poolId: buildId() };
  return { ...world, person: (person) => savePerson({ ...world, accountId: account.account_id }, person) };
}

type Place = Omit<SegmentsWorld, 'person'> & { readonly accountId: string };

async function savePerson(place: Place, person: SeededPerson): Promise<string> {
  const { db, workspaceId, botId } = place;
  const at = new Date('2026-11-01T12:00:00Z');
  const names = { username: `u${person.user}`, firstName: 'Ana', lastName: 'Lima', languageCode: null };
  const who = { userId: person.user, chatId: person.user, ...names };
  const { id } = await db
    .transaction()
    .execute((tx) => saveBotUser(tx, tools.vault, { workspaceId, botId, person: who, at }));
  const click = person.click === undefined ? {} : await saveClick(place, person.click);
  const columns = { ...click, ...person.columns };
  if (Object.keys(columns).length > 0) {
    await db.updateTable('bot_users').set(columns).where('id', '=', id).execute();
  }
  if (person.scores) await saveScores(place, id, person.scores);
  for (const payment of person.payments ?? []) await savePayment(place, { id, user: person.user, payment });
  return id;
}

async function saveClick({ db, workspaceId, botId, poolId }: Place, columns: Columns) {
  const token = buildTrackingToken();
  const at = new Date('2026-11-01T11:59:00Z');
  await db
    .insertInto('clicks')
    .values({
      ...{ tracking_token: token, workspace_id: workspaceId, pool_id: poolId, bot_id: botId, mode: 'bridge' },
      ...{ consent: 'granted', event_source_url: 'https://go.example/', pageview_event_id: `evt_${token}` },
      ...{ pageview_ts: at, created_at: at },
      ...columns,
    })
    .execute();
  return { tracking_session_id: token, click_timestamp: at };
}

async function saveScores(
  { db, workspaceId }: Place,
  id: string,
  scores: NonNullable<SeededPerson['scores']>,
): Promise<void> {
  await db
    .insertInto('user_profiles')
    .values({
      ...{ bot_user_id: id, workspace_id: workspaceId, bot_score: scores.bot, fraud_score: scores.fraud },
      ...{ is_suspicious: scores.isSuspicious, profile: '{}', reasons: '{}', rules: 'test' },
      generated_at: new Date(),
    })
    .execute();
}

async function savePayment(
  { db, workspaceId, botId, accountId }: Place,
  { id, user, payment }: { readonly id: string; readonly user: number; readonly payment: SeededPayment },
): Promise<void> {
  const payment_id = buildId();
  await db
    .insertInto('payments')
    .values({
      ...{ id: payment_id, workspace_id: workspaceId, bot_id: botId, bot_user_id: id, account_id: accountId },
      ...{ customer_user_id: user, chat_id: user, product_id: payment.productId ?? null, gateway: 'sandbox' },
      ...{ product_name: 'Curso', product_delivery_url: 'https://loja.example', request_key: payment_id },
      ...{ amount: payment.amount, currency: payment.currency ?? 'BRL', status: payment.status ?? 'paid' },
      paid_at: payment.paidAt,
    })
    .execute();
}
