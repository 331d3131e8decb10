import type { Update } from 'grammy/types';
import type { Kysely } from 'kysely';
import { saveConversions } from '../conversions/conversions.ts';
import type { Click } from '../domain/click.ts';
import { viewContentEventId } from '../domain/event-ids.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import { type DatedIdentifier, findErased } from '../io/tombstones.ts';
import type { RegisteredBot } from '../settings/types.ts';
import type { BotAccess } from './bot-access.ts';
import { buildWelcome, buildWishAnswer } from './messages.ts';
import { endOptOut, saveOptOut } from './opt-outs.ts';
import { type OwedText, oweMessages } from './owe-message.ts';
import { type BotEvent, readUpdate, type TelegramPerson } from './read-update.ts';
import { type ClickLookup, resolveStart, type StartResolution } from './resolve-start.ts';
import { saveBlocked, saveBotUser, saveClickOnBotUser, saveStart } from './save-bot-user.ts';
import { chooseLanguage } from './texts.ts';

/** Context of the sealed updates in `telegram_updates`. */
export const UPDATE_CONTEXT = 'telegram_updates.body';

/** What receiving updates needs. */
export interface ReceiveOptions extends BotAccess {
  readonly db: Kysely<Database>;
  readonly clicks: ClickLookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** `repeated`: this update was here before, and nothing was changed. */
export type Received = 'recorded' | 'repeated';

/** An update that still has to be recorded. */
interface Arrival {
  readonly bot: RegisteredBot;
  readonly update: Update;
  readonly event: BotEvent;
  readonly at: Date;
  readonly start: StartResolution | null;
}

/**
 * Records an update with all that it changes, in one transaction. Throws when the database is away: the caller must
 * not acknowledge, so that Telegram tells it again. What needs the network (a charge) stays due and is done by the worker.
 */
export async function receiveUpdate(
  options: ReceiveOptions,
  bot: RegisteredBot,
  update: Update,
): Promise<Received> {
  const event = readUpdate(update);
  // Looked up before the transaction: it may read from the log, and a transaction must not wait for that.
  const start = event.kind === 'start' ? await findClickOfStart(options, bot, event) : null;
  const arrival: Arrival = { bot, update, event, at: new Date(options.clock.now()), start };
  return options.db.transaction().execute(async (tx) => {
    const isNew = await saveUpdate(options, tx, arrival);
    if (!isNew) return 'repeated';
    const kept = await leaveOutErased(options, tx, arrival);
    if (kept) await recordEvent(options, tx, kept);
    return 'recorded';
  });
}

async function findClickOfStart(
  options: ReceiveOptions,
  bot: RegisteredBot,
  event: BotEvent & { kind: 'start' },
): Promise<StartResolution> {
  const known = await options.db
    .selectFrom('bot_users')
    .select('fbclid')
    .where('bot_id', '=', bot.botId)
    .where('telegram_user_id', '=', String(event.person.userId))
    .executeTakeFirst();
  return resolveStart(options.clicks, {
    workspaceId: bot.workspaceId,
    payload: event.payload,
    knownFbclid: known?.fbclid ?? null,
  });
}

async function saveUpdate(options: ReceiveOptions, tx: Kysely<Database>, arrival: Arrival): Promise<boolean> {
  const isDue = arrival.event.kind === 'press';
  const inserted = await tx
    .insertInto('telegram_updates')
    .values({
      bot_id: arrival.bot.botId,
      update_id: String(arrival.update.update_id),
      state: isDue ? 'due' : 'done',
      body: isDue ? options.vault.seal(JSON.stringify(arrival.update), UPDATE_CONTEXT) : null,
      received_at: arrival.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('update_id')
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Null if the person was erased after this was said; without the click if that was. */
async function leaveOutErased(
  options: ReceiveOptions,
  tx: Kysely<Database>,
  arrival: Arrival,
): Promise<Arrival | null> {
  const { bot, event, start, at, update } = arrival;
  if (event.kind === 'ignored') return arrival;
  const { workspaceId } = bot;
  const saidAt = (update.message ?? update.my_chat_member)?.date;
  const person: DatedIdentifier = {
    workspaceId,
    kind: 'telegram',
    value: String(event.person.userId),
    at: saidAt === undefined ? at.getTime() : saidAt * 1000,
  };
  const token = start?.kind === 'matched' ? buildTokenIdentifier(start.click) : null;
  const isErased = await findErased(tx, options.vault, token ? [person, token] : [person]);
  if (isErased(person)) return null;
  return token && isErased(token)
    ? { ...arrival, start: { kind: 'unmatched', outcome: 'unknown_token' } }
    : arrival;
}

const buildTokenIdentifier = ({ workspaceId, trackingToken, createdAt }: Click): DatedIdentifier => ({
  ...{ workspaceId, kind: 'token', value: trackingToken, at: createdAt.getTime() },
});

async function recordEvent(options: ReceiveOptions, tx: Kysely<Database>, arrival: Arrival): Promise<void> {
  const { bot, event } = arrival;
  switch (event.kind) {
    case 'start':
      await recordStart(options, tx, arrival, event);
      return;
    case 'text':
      await saveSeen(options, tx, arrival, event);
      await oweWelcome(options, tx, arrival, event);
      return;
    case 'press':
      await saveSeen(options, tx, arrival, event);
      if (event.press.kind === 'wish')
        await recordWish(tx, arrival, { ...event.press, person: event.person });
      return;
    case 'wish':
      await saveSeen(options, tx, arrival, event);
      await recordWish(tx, arrival, event);
      await owe(options, tx, arrival, {
        cause: 'wish',
        chatId: event.person.chatId,
        text: buildWishAnswer(event.wants, chooseLanguage(event.person.languageCode)),
      });
      return;
    case 'blocked':
      await saveBlocked(tx, { botId: bot.botId, userId: event.person.userId, isBlocked: event.isBlocked });
      return;
    case 'ignored':
      options.logger.debug({ botId: bot.botId, why: event.why }, 'an update was ignored');
  }
}

/** A /start alone does not bring broadcasts back: only the person's own word does. */
async function recordWish(
  tx: Kysely<Database>,
  { bot, at }: Arrival,
  said: { readonly person: TelegramPerson; readonly wants: boolean; readonly broadcastId?: string },
): Promise<void> {
  const { workspaceId, botId } = bot;
  const save = said.wants ? endOptOut : saveOptOut;
  const broadcastId = said.broadcastId ?? null;
  await save(tx, { workspaceId, botId, telegramUserId: said.person.userId, broadcastId, at });
}

type PersonEvent = BotEvent & { kind: 'start' | 'text' | 'press' | 'wish' };

async function saveSeen(options: ReceiveOptions, tx: Kysely<Database>, arrival: Arrival, event: PersonEvent) {
  const { bot, at } = arrival;
  const seen = { workspaceId: bot.workspaceId, botId: bot.botId, person: event.person, at };
  return saveBotUser(tx, options.vault, seen);
}

async function recordStart(
  options: ReceiveOptions,
  tx: Kysely<Database>,
  arrival: Arrival,
  event: BotEvent & { kind: 'start' },
): Promise<void> {
  const { bot, start, at } = arrival;
  const user = await saveSeen(options, tx, arrival, event);
  const match = start?.kind === 'matched' ? start : null;
  if (match) await saveClickOnBotUser(tx, user, match);
  await saveStart(tx, {
    botUserId: user.id,
    workspaceId: bot.workspaceId,
    updateId: arrival.update.update_id,
    payload: event.payload,
    trackingToken: match?.click.trackingToken ?? null,
    matchedBy: match?.matchedBy ?? null,
    outcome: start?.outcome ?? 'no_payload',
    at,
  });
  if (match) await recordViewContent(tx, { userId: user.id, click: match.click, at });
  await oweWelcome(options, tx, arrival, event);
}

/** Once a click, however often its link is pressed: the event id is the click's. */
async function recordViewContent(
  tx: Kysely<Database>,
  seen: {
    readonly userId: string;
    readonly click: {
      trackingToken: string;
      workspaceId: string;
      poolId: string;
      consent: 'granted' | 'denied' | 'pending';
    };
    readonly at: Date;
  },
): Promise<void> {
  const { click, at } = seen;
  await saveConversions(tx, [
    {
      workspaceId: click.workspaceId,
      name: 'view_content',
      eventId: viewContentEventId(click.trackingToken),
      occurredAt: at,
      trackingToken: click.trackingToken,
      poolId: click.poolId,
      botUserId: seen.userId,
      consent: click.consent,
      holdUntil: at,
    },
  ]);
}

async function oweWelcome(
  options: ReceiveOptions,
  tx: Kysely<Database>,
  arrival: Arrival,
  event: BotEvent & { kind: 'start' | 'text' },
): Promise<void> {
  const { bot } = arrival;
  const products = options.registry.productsOf(bot.botId).filter((product) => product.isActive);
  const text = buildWelcome(bot.welcomeMessage, products, chooseLanguage(event.person.languageCode));
  await owe(options, tx, arrival, { cause: 'welcome', chatId: event.person.chatId, text });
}

async function owe(
  options: ReceiveOptions,
  tx: Kysely<Database>,
  { bot, update }: Arrival,
  message: { readonly cause: string; readonly chatId: number; readonly text: OwedText },
): Promise<void> {
  const { workspaceId, botId } = bot;
  const dedupeKey = `${message.cause}:${botId}:${update.update_id}`;
  await oweMessages(tx, options.vault, [{ workspaceId, botId, dedupeKey, ...message }]);
}
