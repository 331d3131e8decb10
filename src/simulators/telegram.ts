import { type BotAccount, buildChat, buildMessage, buildUser, SimulatedBot } from './telegram-bot.ts';
import { buildPlainHtml } from './telegram-html.ts';
import { TELEGRAM_METHODS } from './telegram-methods.ts';
import { readCallParams } from './telegram-params.ts';
import {
  type ApiError,
  type ChatMessage,
  type MethodResult,
  type PressAnswer,
  refuse,
  type SimulatedPerson,
  type TelegramFault,
} from './telegram-types.ts';
import type { PushWebhook, SimulatedUpdate } from './telegram-updates.ts';

/** What the simulator needs of the machine. */
export interface TelegramSimulatorOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls a bot's webhook. */
  readonly push: PushWebhook;
  /** The first of the doubling waits between attempts at a webhook, in ms; Telegram's 2 s when absent. */
  readonly retryMs?: number;
}

/** A call to the Bot API as it came; the path with its query. */
export interface TelegramCall {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The answer, and what is to go wrong on its way. */
export interface TelegramAnswer {
  readonly status: number;
  readonly body: string;
  readonly delayMs: number;
  readonly fault: 'lost' | 'silent' | null;
}

const PATH = /^\/bot(\d+:[\w-]+)\/(\w+)\/?$/;
const RETRY_MS = 2_000;

/**
 * Telegram's Bot API on our own machine, and the people who talk to its bots. Unscripted it follows Telegram's rules,
 * its refusals included; a script makes the next calls fail in a chosen way.
 */
export class TelegramSimulator {
  readonly #options: TelegramSimulatorOptions;
  readonly #bots = new Map<string, SimulatedBot>();
  #script: { readonly method: string; readonly fault: TelegramFault }[] = [];
  #calls: string[] = [];

  constructor(options: TelegramSimulatorOptions) {
    this.#options = options;
  }

  /** Makes a bot known; the same token again changes nothing. */
  addBot(account: BotAccount): void {
    if (this.#bots.has(account.token)) return;
    const { now, push, retryMs = RETRY_MS } = this.#options;
    this.#bots.set(account.token, new SimulatedBot(account, { now, push, retryMs }));
  }

  /** Makes a token unknown from now on: the bot was deleted, or its token revoked. */
  revoke(token: string): void {
    this.#bots.get(token)?.updates.close();
    this.#bots.delete(token);
  }

  /** Queues faults for the next calls of a method, one each. */
  behave(method: string, ...faults: readonly TelegramFault[]): void {
    this.#script.push(...faults.map((fault) => ({ method: method.toLowerCase(), fault })));
  }

  /** The methods that were called, oldest first; the last 1,000. */
  get calls(): readonly string[] {
    return this.#calls;
  }

  /** Answers one call. */
  async answer(call: TelegramCall): Promise<TelegramAnswer> {
    const url = new URL(call.path, 'http://simulator');
    const [, token = '', method = ''] = PATH.exec(decodeURIComponent(url.pathname)) ?? [];
    this.#calls = [...this.#calls, method].slice(-1_000);
    const fault = this.#takeFault(method);
    if (fault?.kind === 'error') return write(buildRefusal(fault.error));
    if (fault?.kind === 'body') return write(fault);
    if (fault?.kind === 'silent') return { ...write({ status: 200, body: '' }), fault: 'silent' };
    const answer = write(buildBody(await this.#carryOut({ call, url, token, method })));
    if (fault?.kind === 'slow') return { ...answer, delayMs: fault.ms };
    return fault?.kind === 'lost' ? { ...answer, fault: 'lost' } : answer;
  }

  /** A person opens the bot by a link and presses Start; a payload of null is a bare /start. */
  pressStart(username: string, payload: string | null, person: SimulatedPerson): SimulatedUpdate {
    return this.write(username, payload === null ? '/start' : `/start ${payload}`, person);
  }

  /** A person writes to the bot. */
  write(username: string, text: string, person: SimulatedPerson): SimulatedUpdate {
    const bot = this.#botOf(username);
    const chat = bot.chats.enter(person);
    this.#setBlocked(bot, person, false);
    const message = { from: 'person', at: this.#options.now(), text, html: buildPlainHtml(text) } as const;
    const said = bot.chats.say(chat, { ...message, photoId: null, buttons: [] });
    return bot.updates.add('message', person.id, buildMessage(bot, chat, said));
  }

  /** A person presses the newest button with this data; returns the id of the press, null if there is no such button. */
  press(username: string, data: string, person: SimulatedPerson): string | null {
    const bot = this.#botOf(username);
    const chat = bot.chats.enter(person);
    const isButton = (one: ChatMessage) =>
      one.buttons.flat().some((button) => button.kind === 'callback' && button.data === data);
    const message = chat.messages.findLast(isButton);
    if (!message) return null;
    const queryId = bot.ask(chat);
    bot.updates.add('callback_query', person.id, {
      id: queryId,
      from: buildUser(person),
      message: buildMessage(bot, chat, message),
      chat_instance: String(person.id),
      data,
    });
    return queryId;
  }

  /** A person stops the bot, or takes it up again. */
  setBlocked(username: string, person: SimulatedPerson, isBlocked: boolean): void {
    this.#setBlocked(this.#botOf(username), person, isBlocked);
  }

  /** The chat as the person sees it, oldest first. */
  messagesOf(username: string, personId: number): readonly ChatMessage[] {
    return this.#botOf(username).chats.find(personId)?.messages ?? [];
  }

  /** What the bot has answered to the person's presses, oldest first. */
  pressAnswersOf(username: string, personId: number): readonly PressAnswer[] {
    return this.#botOf(username).chats.find(personId)?.answers ?? [];
  }

  /** A picture that a bot sent, as it sent it. */
  pictureOf(username: string, photoId: string): Buffer | undefined {
    return this.#botOf(username).chats.picture(photoId);
  }

  /** A bot's updates: what was told, `hold` and `release`, `replay`. */
  updatesOf(username: string): SimulatedBot['updates'] {
    return this.#botOf(username).updates;
  }

  /** Whether there is such a bot. */
  hasBot(username: string): boolean {
    return [...this.#bots.values()].some((bot) => isNamed(bot, username));
  }

  /** Ends all waiting calls. */
  close(): void {
    for (const bot of this.#bots.values()) bot.updates.close();
  }

  #botOf(username: string): SimulatedBot {
    const bot = [...this.#bots.values()].find((one) => isNamed(one, username));
    if (!bot) throw new Error(`the simulated Telegram has no bot @${username}`);
    return bot;
  }

  #setBlocked(bot: SimulatedBot, person: SimulatedPerson, isBlocked: boolean): void {
    const chat = bot.chats.enter(person);
    if (chat.isBlocked === isBlocked) return;
    chat.isBlocked = isBlocked;
    const status = (isOut: boolean) => ({ user: buildUser(person), status: isOut ? 'kicked' : 'member' });
    bot.updates.add('my_chat_member', person.id, {
      chat: buildChat(person),
      from: buildUser(person),
      date: Math.floor(this.#options.now() / 1000),
      old_chat_member: status(!isBlocked),
      new_chat_member: status(isBlocked),
    });
  }

  #takeFault(method: string): TelegramFault | undefined {
    const index = this.#script.findIndex((one) => one.method === method.toLowerCase());
    return index < 0 ? undefined : this.#script.splice(index, 1)[0]?.fault;
  }

  async #carryOut(asked: {
    readonly call: TelegramCall;
    readonly url: URL;
    readonly token: string;
    readonly method: string;
  }): Promise<MethodResult> {
    if (asked.token === '') return refuse(404, 'Not Found');
    const bot = this.#bots.get(asked.token);
    if (!bot) return refuse(401, 'Unauthorized');
    const method = TELEGRAM_METHODS.get(asked.method.toLowerCase());
    if (!method) return refuse(404, 'Not Found');
    const { contentType, body } = asked.call;
    const params = await readCallParams({ query: asked.url.searchParams, contentType, body });
    if (!params) return refuse(400, "Bad Request: can't parse the request body");
    return method({ bot, params, now: this.#options.now() });
  }
}

const isNamed = (bot: SimulatedBot, username: string): boolean =>
  bot.account.username.toLowerCase() === username.toLowerCase();

const write = (given: { status: number; body: string }): TelegramAnswer => ({
  status: given.status,
  body: given.body,
  delayMs: 0,
  fault: null,
});

function buildBody(result: MethodResult): { status: number; body: string } {
  if (result.kind === 'error') return buildRefusal(result.error);
  return { status: 200, body: JSON.stringify({ ok: true, result: result.result }) };
}

function buildRefusal({ code, description, retryAfter }: ApiError): { status: number; body: string } {
  const parameters = retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } };
  return { status: code, body: JSON.stringify({ ok: false, error_code: code, description, ...parameters }) };
}
