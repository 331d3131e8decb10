import { z } from 'zod';
import { isId } from '../domain/ids.ts';

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
  /** The person says whether broadcasts are wanted. */
  | { readonly kind: 'wish'; readonly person: TelegramPerson; readonly wants: boolean }
  | {
      readonly kind: 'press';
      readonly person: TelegramPerson;
      readonly queryId: string;
      readonly press: Press;
    }
  | { readonly kind: 'blocked'; readonly person: TelegramPerson; readonly isBlocked: boolean }
  | { readonly kind: 'ignored'; readonly why: string };

/** A button of ours: buy a product, ask whether a payment has come, say whether broadcasts are wanted. */
export type Press =
  | { readonly kind: 'buy'; readonly productId: string }
  | { readonly kind: 'paid'; readonly paymentId: string }
  | { readonly kind: 'wish'; readonly wants: boolean; readonly broadcastId: string }
  | { readonly kind: 'unknown' };

// Telegram's own payloads are A-Z a-z 0-9 _ -; a person can type anything, which is kept as long as it can be stored.
const START = /^\/start(?:@\w+)?(?:\s+([^\s\p{Cc}]{1,64}))?\s*$/u;

// Also without the slash: who wants no more messages does not look for the right command.
const NO_MORE = /^\s*\/?(?:stop|sair|parar)(?:@\w+)?\s*[.!]?\s*$/iu;
const AGAIN = /^\s*\/(?:receber|subscribe)(?:@\w+)?\s*$/iu;

/** Telegram's ids have at most 52 significant bits. */
const id = z.int();
const user = z.object({
  id,
  is_bot: z.boolean().default(false),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  username: z.string().nullish(),
  language_code: z
    .string()
    .regex(/^[\w-]{1,35}$/)
    .nullish()
    .catch(null),
});
const chat = z.object({ id, type: z.string().default('private') });
const updateSchema = z.object({
  message: z.object({ from: user, chat, text: z.string().optional() }).optional(),
  callback_query: z
    .object({
      id: z.string().max(64),
      from: user,
      data: z.string().optional(),
      message: z.object({ chat: z.object({ id }) }).optional(),
    })
    .optional(),
  my_chat_member: z
    .object({ from: user, chat, new_chat_member: z.object({ status: z.string() }) })
    .optional(),
});
type KnownUpdate = z.infer<typeof updateSchema>;

/** Reads an update; groups, channels and other bots are ignored, because a sale is between a person and the bot. */
export function readUpdate(update: unknown): BotEvent {
  const { success, data } = updateSchema.safeParse(update);
  if (!success) return { kind: 'ignored', why: 'not an update as Telegram describes it' };
  if (data.callback_query) return readPress(data.callback_query);
  if (data.my_chat_member) return readMembership(data.my_chat_member);
  const { message } = data;
  if (message?.chat.type !== 'private') return { kind: 'ignored', why: 'not a private message' };
  if (message.from.is_bot) return { kind: 'ignored', why: 'written by a bot' };
  const person = readPerson(message.from, message.chat.id);
  return readText(message.text ?? '', person);
}

function readText(text: string, person: TelegramPerson): BotEvent {
  const start = START.exec(text);
  if (start) return { kind: 'start', person, payload: start[1] ?? null };
  if (NO_MORE.test(text)) return { kind: 'wish', person, wants: false };
  return AGAIN.test(text) ? { kind: 'wish', person, wants: true } : { kind: 'text', person };
}

function readPress(query: NonNullable<KnownUpdate['callback_query']>): BotEvent {
  const chatId = query.message?.chat.id ?? query.from.id;
  const person = readPerson(query.from, chatId);
  return { kind: 'press', person, queryId: query.id, press: readButton(query.data ?? '') };
}

function readButton(data: string): Press {
  const [word, target] = data.split(':');
  if (!isId(target)) return { kind: 'unknown' };
  switch (word) {
    case 'buy':
      return { kind: 'buy', productId: target };
    case 'paid':
      return { kind: 'paid', paymentId: target };
    case 'off':
    case 'on':
      return { kind: 'wish', wants: word === 'on', broadcastId: target };
    default:
      return { kind: 'unknown' };
  }
}

function readMembership(change: NonNullable<KnownUpdate['my_chat_member']>): BotEvent {
  if (change.chat.type !== 'private') return { kind: 'ignored', why: 'not a private chat' };
  const isBlocked = change.new_chat_member.status === 'kicked';
  return { kind: 'blocked', person: readPerson(change.from, change.chat.id), isBlocked };
}

function readPerson(from: z.infer<typeof user>, chatId: number): TelegramPerson {
  return {
    userId: from.id,
    chatId,
    username: from.username ?? null,
    firstName: from.first_name || null,
    lastName: from.last_name ?? null,
    languageCode: from.language_code ?? null,
  };
}

/** Callback data of a product's button; within Telegram's 64 bytes. */
export const buyButtonData = (productId: string): string => `buy:${productId}`;

/** Callback data of the "I have paid" button. */
export const paidButtonData = (paymentId: string): string => `paid:${paymentId}`;

/** Callback data of the button under a broadcast that says "no more" (`wants` false) or "again". */
export const wishButtonData = (wants: boolean, broadcastId: string): string =>
  `${wants ? 'on' : 'off'}:${broadcastId}`;
