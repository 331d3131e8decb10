import type { Update } from 'grammy/types';
import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { RegisteredBot } from '../settings/types.ts';
import type { ChargeAnswer, Checkout } from './checkout.ts';
import type { DueUpdatesOptions } from './due-updates-options.ts';
import { buildChargeMessages, buildPlainMessage } from './messages.ts';
import { type OwedText, oweMessages } from './owe-message.ts';
import { type Press, readUpdate, type TelegramPerson } from './read-update.ts';
import { createTelegramApi, readTelegramFailure } from './telegram-api.ts';
import { type BotLanguage, botTexts, chooseLanguage } from './texts.ts';

/** A press with all that answering it takes. */
interface PressedButton {
  readonly bot: RegisteredBot;
  readonly updateId: number;
  readonly queryId: string;
  readonly person: TelegramPerson;
  readonly botUserId: string;
  readonly press: Press;
  readonly language: BotLanguage;
}

/** Carries out a button and tells the person; may run again after a fault, and then changes nothing twice. */
export async function answerPress(
  options: DueUpdatesOptions,
  bot: RegisteredBot,
  update: Update,
): Promise<void> {
  const event = readUpdate(update);
  if (event.kind !== 'press') return;
  const pressed: PressedButton = {
    bot,
    updateId: update.update_id,
    queryId: event.queryId,
    person: event.person,
    botUserId: await findBotUserId(options.db, bot.botId, event.person.userId),
    press: event.press,
    language: chooseLanguage(event.person.languageCode),
  };
  switch (event.press.kind) {
    case 'buy':
      return answerBuy(options, pressed, event.press.productId);
    case 'paid':
      return answerPaid(options, pressed, event.press.paymentId);
    case 'wish':
      // What was said is recorded already, in the transaction that took the press.
      return say(options, pressed, describeWish(event.press.wants, pressed.language));
    case 'unknown':
      return say(options, pressed, botTexts[pressed.language].unknownButton);
  }
}

const describeWish = (wants: boolean, language: BotLanguage): string =>
  wants ? botTexts[language].optedIn : botTexts[language].optedOut;

async function findBotUserId(db: Kysely<Database>, botId: string, userId: number): Promise<string> {
  const row = await db
    .selectFrom('bot_users')
    .select('id')
    .where('bot_id', '=', botId)
    .where('telegram_user_id', '=', String(userId))
    .executeTakeFirstOrThrow();
  return row.id;
}

async function answerBuy(
  options: DueUpdatesOptions,
  pressed: PressedButton,
  productId: string,
): Promise<void> {
  // The little clock on the button stops at once; making the charge may take seconds.
  const [, answer] = await Promise.all([
    say(options, pressed, botTexts[pressed.language].makingCode),
    options.checkout.createCharge({
      botUserId: pressed.botUserId,
      productId,
      requestKey: `telegram:${pressed.bot.botId}:${pressed.updateId}`,
    }),
  ]);
  await owe(options, pressed, buildAnswer(options, answer, pressed.language));
}

function buildAnswer(
  options: DueUpdatesOptions,
  answer: ChargeAnswer,
  language: BotLanguage,
): readonly OwedText[] {
  const texts = botTexts[language];
  switch (answer.kind) {
    case 'created':
      return buildChargeMessages(answer.charge, language, new Date(options.clock.now()));
    case 'no_product':
      return [buildPlainMessage(texts.gone)];
    case 'no_gateway':
      return [buildPlainMessage(texts.noGateway)];
    case 'failed':
      return [buildPlainMessage(texts.chargeFailed)];
  }
}

async function answerPaid(
  options: DueUpdatesOptions,
  pressed: PressedButton,
  paymentId: string,
): Promise<void> {
  const texts = botTexts[pressed.language];
  const state = await options.checkout.checkPayment(paymentId, pressed.botUserId);
  await say(options, pressed, describePayment(state, texts));
}

function describePayment(
  state: Awaited<ReturnType<Checkout['checkPayment']>>,
  texts: (typeof botTexts)[BotLanguage],
): string {
  switch (state) {
    case 'paid':
      return texts.alreadyPaid;
    case 'pending':
      return texts.notYetPaid;
    case 'closed':
      return texts.noLongerPayable;
    case null:
      return texts.unknownButton;
  }
}

async function owe(
  options: DueUpdatesOptions,
  pressed: PressedButton,
  texts: readonly OwedText[],
): Promise<void> {
  const messages = texts.map((text, index) => ({
    workspaceId: pressed.bot.workspaceId,
    botId: pressed.bot.botId,
    chatId: pressed.person.chatId,
    dedupeKey: `press:${pressed.bot.botId}:${pressed.updateId}:${index}`,
    text,
  }));
  await options.db.transaction().execute((tx) => oweMessages(tx, options.vault, messages));
}

/** A note over the chat. Telegram takes it for 150 s at most and nothing hangs on it, so a failure is only logged. */
async function say(options: DueUpdatesOptions, pressed: PressedButton, text: string): Promise<void> {
  const access = options.accessOf(pressed.bot.botId);
  if (!access) return;
  try {
    await createTelegramApi(access).answerCallbackQuery(pressed.queryId, {
      text,
      show_alert: text.length > 60,
    });
  } catch (error) {
    const failure = readTelegramFailure(error);
    options.logger.debug({ botId: pressed.bot.botId, why: failure.description }, 'a press was not answered');
  }
}
