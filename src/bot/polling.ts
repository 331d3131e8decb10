import { setTimeout as wait } from 'node:timers/promises';
import { GrammyError, HttpError } from 'grammy';
import { type Backoff, backoffMs } from '../domain/backoff.ts';
import type { RegisteredBot } from '../settings/types.ts';
import { type ReceiveOptions, receiveUpdate } from './receive-update.ts';
import { createTelegramApi, readTelegramFailure } from './telegram-api.ts';
import { UPDATE_KINDS } from './telegram-setup.ts';

/** How long Telegram may hold the question open when there is nothing new. */
const HOLD_SECONDS = 25;
const RETRY: Backoff = { baseMs: 500, maxMs: 30_000 };

/** Polls every active bot without a public address; follows the registry. */
export interface Polling {
  start(): void;
  stop(): Promise<void>;
}

interface PolledBot {
  readonly token: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Builds the polling of the bots whose delivery is `polling`. */
export function createPolling(options: ReceiveOptions): Polling {
  const polled = new Map<string, PolledBot>();
  const follow = () => {
    const wanted = options.registry.bots().filter((bot) => bot.isActive && bot.delivery === 'polling');
    for (const [botId, bot] of polled) {
      if (wanted.some((other) => other.botId === botId && other.token === bot.token)) continue;
      bot.abort.abort();
      polled.delete(botId);
    }
    for (const bot of wanted) if (!polled.has(bot.botId)) polled.set(bot.botId, pollBot(options, bot));
  };
  let unfollow: (() => void) | null = null;
  return {
    start: () => {
      follow();
      unfollow = options.registry.onChange(follow);
    },
    stop: async () => {
      unfollow?.();
      for (const bot of polled.values()) bot.abort.abort();
      await Promise.all([...polled.values()].map((bot) => bot.done));
    },
  };
}

function pollBot(options: ReceiveOptions, bot: RegisteredBot): PolledBot {
  const abort = new AbortController();
  return { token: bot.token, abort, done: pollUntilAborted(options, bot.botId, abort.signal) };
}

/** An update is confirmed to Telegram (by the next offset) only when it is recorded, so none is lost on the way. */
async function pollUntilAborted(options: ReceiveOptions, botId: string, signal: AbortSignal): Promise<void> {
  let offset = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      offset = await pollOnce(options, botId, { offset, signal });
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      await waitAfter(options, botId, { error, failures, signal });
    }
  }
}

async function pollOnce(
  options: ReceiveOptions,
  botId: string,
  poll: { readonly offset: number; readonly signal: AbortSignal },
): Promise<number> {
  const access = options.accessOf(botId);
  const bot = options.registry.bot(botId);
  if (!access || !bot) {
    await wait(1000, undefined, { signal: poll.signal });
    return poll.offset;
  }
  const api = createTelegramApi(access, HOLD_SECONDS + 15);
  const question = { offset: poll.offset, timeout: HOLD_SECONDS, allowed_updates: UPDATE_KINDS };
  const updates = await api.getUpdates(question, poll.signal as Parameters<typeof api.getUpdates>[1]);
  let next = poll.offset;
  for (const update of updates) {
    await receiveUpdate(options, bot, update);
    next = update.update_id + 1;
  }
  return next;
}

async function waitAfter(
  options: ReceiveOptions,
  botId: string,
  failed: { readonly error: unknown; readonly failures: number; readonly signal: AbortSignal },
): Promise<void> {
  const { error, failures, signal } = failed;
  let waitMs = backoffMs(RETRY, failures);
  if (error instanceof GrammyError || error instanceof HttpError) {
    const failure = readTelegramFailure(error);
    if (failure.kind === 'wait') waitMs = failure.waitMs;
    if (failure.kind === 'refused' && failure.code === 409) await dropWebhook(options, botId);
    options.logger.warn({ botId, why: failure.description, waitMs }, 'polling waits');
  } else {
    options.logger.error(
      { err: error, botId, waitMs },
      'an update could not be recorded; it is asked for again',
    );
  }
  await wait(waitMs, undefined, { signal }).catch(() => undefined);
}

/** Telegram answers 409 to polling while a webhook is set. */
async function dropWebhook(options: ReceiveOptions, botId: string): Promise<void> {
  const access = options.accessOf(botId);
  if (!access) return;
  try {
    await createTelegramApi(access).deleteWebhook();
  } catch (error) {
    options.logger.warn(
      { botId, why: readTelegramFailure(error).description },
      'the webhook could not be removed',
    );
  }
}
