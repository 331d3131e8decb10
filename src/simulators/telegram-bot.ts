import { type Chat, Chats, dropOldest } from './telegram-chats.ts';
import { buildMarkup } from './telegram-checks.ts';
import type { ChatMessage, SimulatedPerson } from './telegram-types.ts';
import { Updates, type UpdatesOptions } from './telegram-updates.ts';

/** A bot that the simulator knows. */
export interface BotAccount {
  /** `<id>:<secret>`, as Telegram's own. */
  readonly token: string;
  readonly username: string;
  readonly name: string;
}

const MOST_QUERIES = 2_000;

/** A bot with its chats and its updates. */
export class SimulatedBot {
  readonly account: BotAccount;
  readonly id: number;
  readonly chats = new Chats();
  readonly updates: Updates;
  readonly #queries = new Map<string, Chat>();
  #lastQuery = 0;

  constructor(account: BotAccount, options: UpdatesOptions) {
    this.account = account;
    this.id = Number(account.token.split(':')[0]);
    // Telegram starts anywhere; the time keeps a simulator that was started anew from repeating its numbers.
    this.updates = new Updates(options, options.now());
  }

  /** A press that the bot may answer, by its id. */
  ask(chat: Chat): string {
    this.#lastQuery += 1;
    const queryId = `${this.id}${String(this.#lastQuery).padStart(9, '0')}`;
    this.#queries.set(queryId, chat);
    dropOldest(this.#queries, MOST_QUERIES);
    return queryId;
  }

  /** The chat of a press that was not answered yet; asking takes it. */
  takeQuery(queryId: string): Chat | undefined {
    const chat = this.#queries.get(queryId);
    this.#queries.delete(queryId);
    return chat;
  }
}

/** The bot as `getMe` gives it. */
export const buildBotUser = (bot: SimulatedBot): object => ({
  id: bot.id,
  is_bot: true,
  first_name: bot.account.name,
  username: bot.account.username,
});

/** A person as Telegram describes them to bots. */
export const buildUser = (person: SimulatedPerson): object => ({
  id: person.id,
  is_bot: false,
  first_name: person.firstName,
  ...(person.lastName === undefined ? {} : { last_name: person.lastName }),
  ...(person.username === undefined ? {} : { username: person.username }),
  ...(person.languageCode === undefined ? {} : { language_code: person.languageCode }),
});

/** A private chat as Telegram describes it. */
export const buildChat = (person: SimulatedPerson): object => ({
  id: person.id,
  type: 'private',
  first_name: person.firstName,
  ...(person.username === undefined ? {} : { username: person.username }),
});

/** A message as Telegram describes it. */
export function buildMessage(bot: SimulatedBot, chat: Chat, message: ChatMessage): object {
  const words = message.photoId === null ? { text: message.text } : { caption: message.text };
  const isCommand = message.from === 'person' && /^\/\w/.test(message.text);
  return {
    message_id: message.id,
    date: Math.floor(message.at / 1000),
    from: message.from === 'bot' ? buildBotUser(bot) : buildUser(chat.person),
    chat: buildChat(chat.person),
    ...words,
    ...(message.photoId === null ? {} : { photo: [buildPhotoSize(message.photoId)] }),
    ...(isCommand ? { entities: [buildCommandEntity(message.text)] } : {}),
    ...buildMarkup(message.buttons),
  };
}

const buildPhotoSize = (fileId: string): object => ({
  file_id: fileId,
  file_unique_id: fileId,
  width: 512,
  height: 512,
});

const buildCommandEntity = (text: string): object => ({
  type: 'bot_command',
  offset: 0,
  length: text.split(' ', 1)[0]?.length ?? 0,
});
