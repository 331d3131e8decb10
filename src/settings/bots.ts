import type { Kysely, Selectable } from 'kysely';
import { buildId, buildSecret } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';
import type { RegisteredBot } from './types.ts';

/** A bot as the table has it: token and webhook secret sealed. */
export type BotRow = Selectable<Database['bots']>;

const TOKEN_CONTEXT = 'bots.telegram_token';
const SECRET_CONTEXT = 'bots.webhook_secret';

/** What is known of a bot once Telegram has told who it is. */
export interface NewBot {
  /** Given where the id must be known before the bot is saved, because the webhook address holds it. */
  readonly botId?: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly token: string;
  readonly telegramBotId: string;
  readonly username: string;
  /** Made here if absent. */
  readonly webhookSecret?: string;
  readonly welcomeMessage?: string;
  readonly isActive?: boolean;
  readonly isSimulated?: boolean;
  readonly delivery: 'webhook' | 'polling';
  readonly deliveryProblem?: string | null;
}

/** Saves a new bot; throws a unique violation if an active one has the same Telegram account. */
export function saveBot(db: Kysely<Database>, vault: Vault, bot: NewBot): Promise<BotRow> {
  const row = {
    bot_id: bot.botId ?? buildId(),
    workspace_id: bot.workspaceId,
    name: bot.name,
    telegram_token: vault.seal(bot.token, TOKEN_CONTEXT),
    telegram_bot_id: bot.telegramBotId,
    username: bot.username,
    webhook_secret: vault.seal(bot.webhookSecret ?? buildSecret(), SECRET_CONTEXT),
    welcome_message: bot.welcomeMessage ?? '',
    is_active: bot.isActive ?? true,
    is_simulated: bot.isSimulated ?? false,
    delivery: bot.delivery,
    delivery_problem: bot.deliveryProblem ?? null,
  };
  return db.insertInto('bots').values(row).returningAll().executeTakeFirstOrThrow();
}

/** What may change of a bot; absent fields stay. */
export interface BotChanges {
  readonly name?: string | undefined;
  readonly token?: string | undefined;
  readonly telegramBotId?: string | undefined;
  readonly username?: string | undefined;
  readonly webhookSecret?: string | undefined;
  readonly welcomeMessage?: string | undefined;
  readonly isActive?: boolean | undefined;
  readonly delivery?: 'webhook' | 'polling' | undefined;
  readonly deliveryProblem?: string | null | undefined;
}

/** Changes a bot of a workspace; undefined if there is none. */
export function updateBot(
  db: Kysely<Database>,
  vault: Vault,
  bot: { readonly workspaceId: string; readonly botId: string; readonly changes: BotChanges },
): Promise<BotRow | undefined> {
  const { changes } = bot;
  const { token, webhookSecret } = changes;
  const set = {
    name: changes.name,
    telegram_token: token === undefined ? undefined : vault.seal(token, TOKEN_CONTEXT),
    telegram_bot_id: changes.telegramBotId,
    username: changes.username,
    webhook_secret: webhookSecret === undefined ? undefined : vault.seal(webhookSecret, SECRET_CONTEXT),
    welcome_message: changes.welcomeMessage,
    is_active: changes.isActive,
    delivery: changes.delivery,
    delivery_problem: changes.deliveryProblem,
    updated_at: new Date(),
  };
  const update = db.updateTable('bots').set(set).where('bot_id', '=', bot.botId);
  return update.where('workspace_id', '=', bot.workspaceId).returningAll().executeTakeFirst();
}

/** One bot of a workspace. */
export function findBot(
  db: Kysely<Database>,
  bot: { readonly workspaceId: string; readonly botId: string },
): Promise<BotRow | undefined> {
  const query = db.selectFrom('bots').selectAll().where('bot_id', '=', bot.botId);
  return query.where('workspace_id', '=', bot.workspaceId).executeTakeFirst();
}

/** Bots of a workspace, newest first. */
export function listBots(
  db: Kysely<Database>,
  options: PageRequest & { readonly workspaceId: string; readonly isActive?: boolean | undefined },
): Promise<BotRow[]> {
  const { limit, before, workspaceId, isActive } = options;
  let query = db.selectFrom('bots').selectAll().where('workspace_id', '=', workspaceId);
  if (isActive !== undefined) query = query.where('is_active', '=', isActive);
  if (before) query = query.where('bot_id', '<', before);
  return query.orderBy('bot_id', 'desc').limit(limit).execute();
}

/** Which of these bots belong to the workspace. */
export async function listKnownBotIds(
  db: Kysely<Database>,
  bots: { readonly workspaceId: string; readonly botIds: readonly string[] },
): Promise<ReadonlySet<string>> {
  if (bots.botIds.length === 0) return new Set();
  const query = db.selectFrom('bots').select('bot_id').where('bot_id', 'in', bots.botIds);
  const rows = await query.where('workspace_id', '=', bots.workspaceId).execute();
  return new Set(rows.map((row) => row.bot_id));
}

/** Deletes a bot that nobody has used; one with users, clicks, payments or products is switched off instead. */
export function removeBot(
  db: Kysely<Database>,
  { workspaceId, botId }: { readonly workspaceId: string; readonly botId: string },
): Promise<Removal> {
  const remove = db
    .deleteFrom('bots')
    .where('bot_id', '=', botId)
    .where('workspace_id', '=', workspaceId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('redirect_counts').select('bot_id').where('bot_id', '=', botId))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('payments').select('id').where('bot_id', '=', botId))),
    );
  const deactivate = db
    .updateTable('bots')
    .set({ is_active: false, updated_at: new Date() })
    .where('bot_id', '=', botId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}

/** The bot with its secrets in the clear; throws if they were sealed with another key. */
export function readBot(row: BotRow, vault: Vault): RegisteredBot {
  return {
    botId: row.bot_id,
    workspaceId: row.workspace_id,
    name: row.name,
    token: vault.open(row.telegram_token, TOKEN_CONTEXT),
    telegramBotId: String(row.telegram_bot_id),
    username: row.username,
    webhookSecret: vault.open(row.webhook_secret, SECRET_CONTEXT),
    welcomeMessage: row.welcome_message,
    isActive: row.is_active,
    isSimulated: row.is_simulated,
    delivery: row.delivery === 'polling' ? 'polling' : 'webhook',
  };
}
