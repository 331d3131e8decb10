import type { TelegramBases } from './bot-access.ts';
import { createTelegramApi, readTelegramFailure } from './telegram-api.ts';

/** The kinds of update that the bots read; named each time, because Telegram keeps the old list when none is given. */
export const ALLOWED_UPDATES = ['message', 'callback_query', 'my_chat_member'] as const;

const REAL_TELEGRAM_HOST = 'api.telegram.org';

type Refusal = { kind: 'refused' | 'unreachable'; detail: string };

/** The Telegram calls that configuring a bot takes; none of them throws, and no detail holds the token. */
export function createTelegramSetup(bases: TelegramBases) {
  const apiOf = (token: string, isSimulated: boolean) =>
    createTelegramApi({ token, apiBase: (isSimulated ? bases.simulator : bases.telegram) ?? bases.telegram });
  return {
    isRealTelegram: new URL(bases.telegram).hostname === REAL_TELEGRAM_HOST,
    getMe: (token: string, isSimulated: boolean) =>
      ask(async () => {
        const me = await apiOf(token, isSimulated).getMe();
        return { kind: 'bot' as const, telegramBotId: String(me.id), username: me.username };
      }),
    setWebhook: (options: { token: string; isSimulated: boolean; url: string; secretToken: string }) =>
      ask(async () => {
        await apiOf(options.token, options.isSimulated).setWebhook(options.url, {
          secret_token: options.secretToken,
          allowed_updates: ALLOWED_UPDATES,
        });
        return { kind: 'set' as const };
      }),
    deleteWebhook: (token: string, isSimulated: boolean) =>
      ask(async () => {
        await apiOf(token, isSimulated).deleteWebhook();
        return { kind: 'set' as const };
      }),
  };
}

async function ask<T>(call: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await call();
  } catch (error) {
    const failure = readTelegramFailure(error);
    const kind = failure.kind === 'refused' || failure.kind === 'blocked' ? 'refused' : 'unreachable';
    return { kind, detail: failure.description };
  }
}
