import type { ChatMessage, PressAnswer, SimulatedPerson } from './telegram-types.ts';

/** A private chat between a person and a bot. */
export interface Chat {
  person: SimulatedPerson;
  isBlocked: boolean;
  messages: ChatMessage[];
  answers: PressAnswer[];
}

const MOST_CHATS = 500;
const MOST_MESSAGES = 200;
const MOST_ANSWERS = 20;
const MOST_PICTURES = 500;

/** The chats of one bot, the least recently used forgotten first. */
export class Chats {
  readonly #chats = new Map<number, Chat>();
  readonly #pictures = new Map<string, Buffer>();
  #lastMessage = 0;
  #lastPicture = 0;

  find(chatId: number): Chat | undefined {
    return this.#chats.get(chatId);
  }

  /** The chat of a person who does something; made if there is none. */
  enter(person: SimulatedPerson): Chat {
    const chat = this.#chats.get(person.id) ?? { person, isBlocked: false, messages: [], answers: [] };
    chat.person = person;
    this.#chats.delete(person.id);
    this.#chats.set(person.id, chat);
    dropOldest(this.#chats, MOST_CHATS);
    return chat;
  }

  /** Writes a message down and gives it its number. */
  say(chat: Chat, message: Omit<ChatMessage, 'id'>): ChatMessage {
    this.#lastMessage += 1;
    const said = { ...message, id: this.#lastMessage };
    chat.messages = [...chat.messages, said].slice(-MOST_MESSAGES);
    return said;
  }

  /** Changes a message in its place; undefined if the chat does not have it. */
  edit(chat: Chat, messageId: number, changes: Partial<ChatMessage>): ChatMessage | undefined {
    const index = chat.messages.findIndex((message) => message.id === messageId);
    const before = chat.messages[index];
    if (!before) return undefined;
    const after = { ...before, ...changes, id: messageId };
    chat.messages = chat.messages.with(index, after);
    return after;
  }

  answer(chat: Chat, answer: PressAnswer): void {
    chat.answers = [...chat.answers, answer].slice(-MOST_ANSWERS);
  }

  keepPicture(bytes: Buffer): string {
    this.#lastPicture += 1;
    const id = `AgACsim${this.#lastPicture.toString(36).padStart(8, '0')}`;
    this.#pictures.set(id, bytes);
    dropOldest(this.#pictures, MOST_PICTURES);
    return id;
  }

  picture(id: string): Buffer | undefined {
    return this.#pictures.get(id);
  }
}

/** Forgets the first entries of a map until it has no more than `most`. */
export function dropOldest<K>(map: Map<K, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
