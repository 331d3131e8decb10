import type { Api } from 'grammy';
import type { BotIdentity, TelegramSetup, WebhookOutcome } from '../settings/telegram-setup.ts';
import type { TelegramBases } from './bot-access.ts';
import { createTelegramApi, readTelegramFailure } from './telegram-api.ts';

const REAL_TELEGRAM = 'https://api.telegram.org';
const SETUP_TIMEOUT_SECONDS = 10;
/** The kinds of update that conversations are made of; named each time, because Telegram keeps the old list otherwise. */
export const UPDATE_KINDS = ['message', 'callback_query', 'my_chat_member'] as const;

type Failure = Exclude<WebhookOutcome, { kind: 'set' }>;

/** The calls that configuring a bot takes; a simulated bot's go to the simulator. */
export function createTelegramSetup(bases: TelegramBases): TelegramSetup {
  function open(token: string, isSimulated: boolean): Api | null {
    const apiBase = isSimulated ? bases.simulator : bases.telegram;
    return apiBase === null ? null : createTelegramApi({ token, apiBase }, SETUP_TIMEOUT_SECONDS);
  }
  return {
    isRealTelegram: bases.telegram === REAL_TELEGRAM,
    getMe: (token, isSimulated) =>
      call<BotIdentity>(open(token, isSimulated), async (api) => {
        const me = await api.getMe();
        return { kind: 'bot', telegramBotId: String(me.id), username: me.username };
      }),
    setWebhook: ({ token, isSimulated, url, secretToken }) =>
      call<WebhookOutcome>(open(token, isSimulated), async (api) => {
        await api.setWebhook(url, { secret_token: secretToken, allowed_updates: UPDATE_KINDS });
        return { kind: 'set' };
      }),
    deleteWebhook: (token, isSimulated) =>
      call<WebhookOutcome>(open(token, isSimulated), async (api) => {
        await api.deleteWebhook();
        return { kind: 'set' };
      }),
  };
}

async function call<T>(api: Api | null, ask: (api: Api) => Promise<T>): Promise<T | Failure> {
  if (!api) return { kind: 'unreachable', detail: 'The built-in simulator is off.' };
  try {
    return await ask(api);
  } catch (error) {
    const failure = readTelegramFailure(error);
    const isFinal = failure.kind === 'refused' || failure.kind === 'blocked';
    return { kind: isFinal ? 'refused' : 'unreachable', detail: failure.description };
  }
}
