import type { Update, User } from 'grammy/types';

/** Who wrote to the bot, as Telegram describes them. */
export interface TelegramPerson {
  readonly userId: number;
  readonly chatId: number;
  readonly username: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly languageCode: string | null;
}

/** What an update means to a sales bot. */
export type BotEvent =
  | { readonly kind: 'start'; readonly person: TelegramPerson; readonly payload: string | null }
  | { readonly kind: 'text'; readonly person: TelegramPerson }
  | {
      readonly kind: 'press';
      readonly person: TelegramPerson;
      readonly queryId: string;
      readonly press: Press;
    }
  | { readonly kind: 'blocked'; readonly person: TelegramPerson; readonly isBlocked: boolean }
  | { readonly kind: 'ignored'; readonly why: string };

/** A button of ours: buy a product, or ask whether a payment has come. */
export type Press =
  | { readonly kind: 'buy'; readonly productId: string }
  | { readonly kind: 'paid'; readonly paymentId: string }
  | { readonly kind: 'unknown' };

const START = /^\/start(?:@\w+)?(?:\s+(\S{1,64}))?\s*$/;

/** Reads an update; groups, channels and other bots are ignored, because a sale is between a person and the bot. */
export function readUpdate(update: Update): BotEvent {
  if (update.callback_query) return readPress(update.callback_query);
  if (update.my_chat_member) return readMembership(update.my_chat_member);
  const message = update.message;
  if (!message?.from || message.chat?.type !== 'private')
    return { kind: 'ignored', why: 'not a private message' };
  if (message.from.is_bot) return { kind: 'ignored', why: 'written by a bot' };
  const person = readPerson(message.from, message.chat.id);
  const start = START.exec(message.text ?? '');
  return start ? { kind: 'start', person, payload: start[1] ?? null } : { kind: 'text', person };
}

function readPress(query: NonNullable<Update['callback_query']>): BotEvent {
  const chatId = query.message?.chat.id ?? query.from.id;
  const person = readPerson(query.from, chatId);
  return { kind: 'press', person, queryId: query.id, press: readButton(query.data ?? '') };
}

function readButton(data: string): Press {
  const [word, id] = data.split(':');
  if (word === 'buy' && id) return { kind: 'buy', productId: id };
  if (word === 'paid' && id) return { kind: 'paid', paymentId: id };
  return { kind: 'unknown' };
}

function readMembership(change: NonNullable<Update['my_chat_member']>): BotEvent {
  if (change.chat.type !== 'private') return { kind: 'ignored', why: 'not a private chat' };
  const isBlocked = change.new_chat_member.status === 'kicked';
  return { kind: 'blocked', person: readPerson(change.from, change.chat.id), isBlocked };
}

function readPerson(user: User, chatId: number): TelegramPerson {
  return {
    userId: user.id,
    chatId,
    username: user.username ?? null,
    firstName: user.first_name || null,
    lastName: user.last_name ?? null,
    languageCode: user.language_code ?? null,
  };
}

/** Callback data of a product's button; within Telegram's 64 bytes. */
export const buyButtonData = (productId: string): string => `buy:${productId}`;

/** Callback data of the "I have paid" button. */
export const paidButtonData = (paymentId: string): string => `paid:${paymentId}`;
