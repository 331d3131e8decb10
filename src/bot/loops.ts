import { setTimeout as wait } from 'node:timers/promises';
import { runDueUpdates } from './due-updates.ts';
import type { DueUpdatesOptions } from './due-updates-options.ts';
import { runOutbox } from './outbox.ts';
import { createPolling } from './polling.ts';
import type { ReceiveOptions } from './receive-update.ts';

/** What the bots' work outside requests needs. */
export interface BotLoopsOptions extends ReceiveOptions, DueUpdatesOptions {}

/** A running part of the worker. */
export interface Loops {
  /** Resolves when what is in hand is finished. */
  stop(): Promise<void>;
}

const IDLE_MS = 150;
const OUTAGE_MS = 1000;

/** Starts the outbox, the buttons and the long polling of the bots. */
export function startBotLoops(options: BotLoopsOptions): Loops {
  const stopping = new AbortController();
  const polling = createPolling(options);
  polling.start();
  const loops = [
    repeat(options, stopping.signal, () => runDueUpdates(options)),
    repeat(options, stopping.signal, () => runOutbox(options)),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([...loops, polling.stop()]);
    },
  };
}

async function repeat(
  options: BotLoopsOptions,
  signal: AbortSignal,
  round: () => Promise<number>,
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    let pauseMs = IDLE_MS;
    try {
      if ((await round()) > 0) pauseMs = 0;
      isAway = false;
    } catch (error) {
      if (!isAway) options.logger.error({ err: error }, 'the bots wait for the database');
      isAway = true;
      pauseMs = OUTAGE_MS;
    }
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
