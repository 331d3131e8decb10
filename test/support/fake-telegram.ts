import { pino } from 'pino';
import { afterAll } from 'vitest';
import { openOutbound } from '../../src/io/outbound.ts';
import { TelegramSimulator } from '../../src/simulators/telegram.ts';
import { buildWebhookPush, listenTelegram } from '../../src/simulators/telegram-server.ts';
import type { ChatMessage, SimulatedPerson } from '../../src/simulators/telegram-types.ts';
import { waitFor } from './wait-for.ts';

/** A bot that exists in the simulated Telegram. */
export interface FakeBot {
  readonly token: string;
  readonly username: string;
}

/** A simulated Telegram on loopback with the people who use it. */
export interface FakeTelegram {
  /** What `TELEGRAM_API_URL` is to be. */
  readonly url: string;
  readonly simulator: TelegramSimulator;
  /** Makes a bot and its token. */
  makeBot(username: string): FakeBot;
  /** Makes a person who speaks Portuguese, unless told. */
  makePerson(languageCode?: string): SimulatedPerson;
  /** The first message of the bot to the person, after those already taken by this, that says `words`. */
  nextMessage(bot: FakeBot, person: SimulatedPerson, words: string): Promise<ChatMessage>;
}

/** Starts one; it ends after the file's last test. */
export async function startFakeTelegram(): Promise<FakeTelegram> {
  const outbound = openOutbound({ allowPrivate: [], logger: pino({ level: 'silent' }) });
  const push = buildWebhookPush(outbound);
  const simulator = new TelegramSimulator({ now: () => Date.now(), push, retryMs: 100 });
  const { url, close } = await listenTelegram(simulator);
  afterAll(async () => {
    await close();
    await outbound.close();
  });
  let made = 0;
  const taken = new Map<number, number>();
  return {
    url,
    simulator,
    makeBot: (username) => {
      made += 1;
      const bot = { token: `${7_100_000_000 + made}:AAfake-${username}`, username };
      simulator.addBot({ ...bot, name: username });
      return bot;
    },
    makePerson: (languageCode = 'pt-br') => {
      made += 1;
      return { id: 600_000_000 + made, firstName: `Pessoa ${made}`, languageCode };
    },
    nextMessage: async (bot, person, words) => {
      const message = await waitFor(`a message to ${person.firstName} with “${words}”`, () =>
        simulator
          .messagesOf(bot.username, person.id)
          .find(
            (one) => one.from === 'bot' && one.id > (taken.get(person.id) ?? 0) && one.text.includes(words),
          ),
      );
      taken.set(person.id, message.id);
      return message;
    },
  };
}
