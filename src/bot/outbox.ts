import { InputFile } from 'grammy';
import type { InlineKeyboardButton } from 'grammy/types';
import { type Kysely, sql } from 'kysely';
import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import { type BotAccess, findAccess } from './bot-access.ts';
import { isWaiting, saveBotWait } from './bot-waits.ts';
import { type Button, MESSAGE_CONTEXT, type OwedText } from './owe-message.ts';
import { buildQrPng } from './qr-picture.ts';
import { createTelegramApi, readTelegramFailure, type TelegramFailure } from './telegram-api.ts';

/** A claimed message belongs to one sender for this long; longer than any call may take. */
const LEASE_MS = 60_000;
const BATCH = 20;
const RETRY: Backoff = { baseMs: 1000, maxMs: 10 * 60_000 };
/** After a day of silence from Telegram a message is no longer what the person waits for. */
const GIVE_UP_MS = 24 * 3600_000;

/** What the outbox works with. */
export interface OutboxOptions extends BotAccess {
  readonly db: Kysely<Database>;
  readonly logger: Logger;
}

interface DueMessage {
  readonly messageId: string;
  readonly botId: string;
  readonly chatId: string;
  readonly text: OwedText;
  readonly attempts: number;
  readonly createdAt: Date;
}

/** Sends the messages that are owed, oldest first in each chat; returns how many were tried. */
export async function runOutbox(options: OutboxOptions): Promise<number> {
  const due = await claimMessages(options);
  await Promise.all(due.map((message) => sendMessage(options, message)));
  return due.length;
}

/** Only the oldest of a chat may go, so that the picture never comes after the code; the lease keeps others off. */
async function claimMessages(options: OutboxOptions): Promise<DueMessage[]> {
  const { rows } = await sql<{
    message_id: string;
    bot_id: string;
    chat_id: string;
    body: Buffer;
    attempts: number;
    created_at: Date;
  }>`
    update bot_messages set next_attempt_at = now() + ${`${LEASE_MS} ms`}::interval, attempts = attempts + 1
    where message_id in (
      select m.message_id from bot_messages m
      where m.state = 'due' and m.next_attempt_at <= now() and not ${isWaiting('m.bot_id')} and not exists (
        select 1 from bot_messages o
        where o.bot_id = m.bot_id and o.chat_id = m.chat_id and o.state = 'due' and o.position < m.position)
      order by m.position limit ${BATCH} for update skip locked)
    returning message_id, bot_id, chat_id, body, attempts, created_at`.execute(options.db);
  return rows.map((row) => ({
    messageId: row.message_id,
    botId: row.bot_id,
    chatId: row.chat_id,
    text: JSON.parse(options.vault.open(row.body, MESSAGE_CONTEXT)) as OwedText,
    attempts: row.attempts,
    createdAt: row.created_at,
  }));
}

async function sendMessage(options: OutboxOptions, message: DueMessage): Promise<void> {
  const access = await findAccess(options, message.botId);
  if (!access) return settleFailed(options, message, 'the bot was removed or switched off');
  try {
    const sent = await callTelegram(createTelegramApi(access), message);
    await options.db
      .updateTable('bot_messages')
      .set({
        state: 'sent',
        sent_at: new Date(),
        telegram_message_id: sent.message_id,
        last_error: null,
        body: Buffer.alloc(0),
      })
      .where('message_id', '=', message.messageId)
      .execute();
  } catch (error) {
    await settleFailure(options, message, readTelegramFailure(error));
  }
}

async function callTelegram(
  api: ReturnType<typeof createTelegramApi>,
  message: DueMessage,
): Promise<{ message_id: number }> {
  const { html, buttons, qrOf } = message.text;
  const reply =
    buttons.length > 0
      ? { reply_markup: { inline_keyboard: buttons.map((row) => row.map(buildButton)) } }
      : {};
  if (qrOf === null) {
    const settings = { parse_mode: 'HTML' as const, link_preview_options: { is_disabled: true }, ...reply };
    return api.sendMessage(message.chatId, html, settings);
  }
  const picture = new InputFile(await buildQrPng(qrOf), 'pix.png');
  return api.sendPhoto(message.chatId, picture, { caption: html, parse_mode: 'HTML', ...reply });
}

function buildButton(button: Button): InlineKeyboardButton {
  return button.kind === 'callback'
    ? { text: button.text, callback_data: button.data }
    : { text: button.text, copy_text: { text: button.copied } };
}

async function settleFailure(
  options: OutboxOptions,
  message: DueMessage,
  failure: TelegramFailure,
): Promise<void> {
  if (failure.kind === 'wait') return postponeBot(options, message, failure);
  if (failure.kind === 'unreachable' && Date.now() - message.createdAt.getTime() < GIVE_UP_MS) {
    return postpone(options, message, {
      waitMs: backoffMs(RETRY, message.attempts),
      why: failure.description,
    });
  }
  await settleFailed(options, message, failure.description);
  if (failure.kind === 'blocked') await markBlocked(options.db, message);
}

/** Telegram counts by bot: every message of the bot waits, not only the one that was refused. */
async function postponeBot(
  options: OutboxOptions,
  message: DueMessage,
  failure: { readonly waitMs: number; readonly description: string },
): Promise<void> {
  await postpone(options, message, { waitMs: failure.waitMs, why: failure.description });
  await saveBotWait(options.db, { botId: message.botId, ...failure });
}

async function postpone(
  options: OutboxOptions,
  message: DueMessage,
  wait: { readonly waitMs: number; readonly why: string },
): Promise<void> {
  options.logger.warn({ botId: message.botId, waitMs: wait.waitMs, why: wait.why }, 'a bot message waits');
  await sql`
    update bot_messages set last_error = ${wait.why}, next_attempt_at = now() + ${`${wait.waitMs} ms`}::interval
    where message_id = ${message.messageId}`.execute(options.db);
}

async function settleFailed(options: OutboxOptions, message: DueMessage, why: string): Promise<void> {
  options.logger.error(
    { botId: message.botId, messageId: message.messageId, why },
    'a bot message could not be sent',
  );
  await options.db
    .updateTable('bot_messages')
    .set({ state: 'failed', last_error: why })
    .where('message_id', '=', message.messageId)
    .execute();
}

async function markBlocked(db: Kysely<Database>, message: DueMessage): Promise<void> {
  await db
    .updateTable('bot_users')
    .set({ is_blocked: true, updated_at: new Date() })
    .where('bot_id', '=', message.botId)
    .where('chat_id', '=', message.chatId)
    .execute();
}
