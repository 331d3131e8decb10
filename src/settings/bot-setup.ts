import type { Kysely } from 'kysely';
import { buildSecret } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { type BotRow, type NewBot, readBot, removeBot, saveBot, updateBot } from './bots.ts';
import { databaseErrorCode, type Removal, UNIQUE_VIOLATION } from './paging.ts';
import type { TelegramSetup } from './telegram-setup.ts';
import type { RegisteredBot, Registry } from './types.ts';

/** What setting a bot up takes. */
export interface BotSetup {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly telegram: TelegramSetup;
  readonly registry: Registry;
  /** No trailing slash. */
  readonly publicUrl: string;
}

/** A bot as it is asked for; Telegram says the rest. */
export type BotWish = Omit<NewBot, 'name' | 'telegramBotId' | 'username' | 'delivery' | 'deliveryProblem'> & {
  /** The username if absent. */
  readonly name?: string | undefined;
};

/** What may be asked to change of a bot; absent fields stay. */
export interface BotChangeWish {
  readonly name?: string | undefined;
  readonly token?: string | undefined;
  readonly webhookSecret?: string | undefined;
  readonly welcomeMessage?: string | undefined;
  readonly isActive?: boolean | undefined;
}

/** What came of setting a bot up. */
export type BotSetupResult =
  | { readonly kind: 'saved'; readonly bot: BotRow }
  | { readonly kind: 'unknown' }
  /** Telegram refuses the token. */
  | { readonly kind: 'bad_token'; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** The same Telegram bot is active here already. */
  | { readonly kind: 'taken' };

/** Asks Telegram who the bot is, saves it, and has Telegram send its updates here (or polls for them). */
export async function setUpBot(setup: BotSetup, wish: BotWish): Promise<BotSetupResult> {
  const me = await setup.telegram.getMe(wish.token, wish.isSimulated ?? false);
  if (me.kind !== 'bot') return readRefusal(me);
  const { telegramBotId, username } = me;
  // Saved before the webhook is set: a bot that is active elsewhere must keep its webhook.
  const bot: NewBot = {
    ...wish,
    name: wish.name ?? username,
    telegramBotId,
    username,
    delivery: 'polling',
    webhookSecret: wish.webhookSecret ?? buildSecret(),
  };
  return saveUnlessTaken(async () => connect(setup, await saveBot(setup.db, setup.vault, bot)));
}

/** Changes a bot; another token, secret or state is told to Telegram. */
export async function changeBot(
  setup: BotSetup,
  { before, wish }: { readonly before: BotRow; readonly wish: BotChangeWish },
): Promise<BotSetupResult> {
  const { token } = wish;
  const old = readBot(before, setup.vault);
  const me = token === undefined ? null : await setup.telegram.getMe(token, old.isSimulated);
  if (me && me.kind !== 'bot') return readRefusal(me);
  const changes = { ...wish, telegramBotId: me?.telegramBotId, username: me?.username };
  return saveUnlessTaken(async () => {
    const key = { workspaceId: old.workspaceId, botId: old.botId };
    const row = await updateBot(setup.db, setup.vault, { ...key, changes });
    if (!row) return undefined;
    if (old.isActive && (!row.is_active || (token !== undefined && token !== old.token))) {
      await setup.telegram.deleteWebhook(old.token, old.isSimulated);
    }
    const isTold = token !== undefined || wish.webhookSecret !== undefined || wish.isActive === true;
    return isTold ? connect(setup, row) : follow(setup, row);
  });
}

/** Takes the webhook away and deletes the bot, or switches it off if it has a history. */
export async function tearDownBot(setup: BotSetup, row: BotRow): Promise<Removal> {
  const bot = readBot(row, setup.vault);
  const removal = await removeBot(setup.db, { workspaceId: bot.workspaceId, botId: bot.botId });
  if (bot.isActive) await setup.telegram.deleteWebhook(bot.token, bot.isSimulated);
  await follow(setup, row);
  return removal;
}

function readRefusal(answer: { kind: 'refused' | 'unreachable'; detail: string }): BotSetupResult {
  return { kind: answer.kind === 'refused' ? 'bad_token' : 'unreachable', detail: answer.detail };
}

async function saveUnlessTaken(save: () => Promise<BotRow | undefined>): Promise<BotSetupResult> {
  try {
    const bot = await save();
    return bot ? { kind: 'saved', bot } : { kind: 'unknown' };
  } catch (error) {
    if (databaseErrorCode(error) === UNIQUE_VIOLATION) return { kind: 'taken' };
    throw error;
  }
}

/** Telegram may call as soon as the webhook is set, so this process must know the bot before that. */
async function connect(setup: BotSetup, row: BotRow): Promise<BotRow> {
  await follow(setup, row);
  if (!row.is_active) return row;
  const delivery = await chooseDelivery(setup, readBot(row, setup.vault));
  const key = { workspaceId: row.workspace_id, botId: row.bot_id };
  const saved = await updateBot(setup.db, setup.vault, { ...key, changes: delivery });
  return follow(setup, saved ?? row);
}

/** The row is saved whatever happens here: the registry catches up by itself. */
async function follow(setup: BotSetup, row: BotRow): Promise<BotRow> {
  await setup.registry.refresh().catch(() => undefined);
  return row;
}

interface Delivery {
  readonly delivery: 'webhook' | 'polling';
  readonly deliveryProblem: string | null;
}

async function chooseDelivery(setup: BotSetup, bot: RegisteredBot): Promise<Delivery> {
  const { telegram, publicUrl } = setup;
  if (telegram.isRealTelegram && !bot.isSimulated && !publicUrl.startsWith('https://')) {
    await telegram.deleteWebhook(bot.token, bot.isSimulated);
    return { delivery: 'polling', deliveryProblem: 'PUBLIC_URL is not https, so Telegram cannot call it.' };
  }
  const outcome = await telegram.setWebhook({
    token: bot.token,
    isSimulated: bot.isSimulated,
    url: `${publicUrl}/telegram/webhook/${bot.botId}`,
    secretToken: bot.webhookSecret,
  });
  return outcome.kind === 'set'
    ? { delivery: 'webhook', deliveryProblem: null }
    : { delivery: 'polling', deliveryProblem: outcome.detail };
}
