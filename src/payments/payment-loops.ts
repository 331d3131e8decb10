import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../io/logger.ts';
import type { PaymentRoom } from './payment-room.ts';

/** The work that payments need without anybody asking. */
export interface PaymentLoops {
  start(): void;
  /** Ends after the rounds that are under way. */
  stop(): Promise<void>;
}

const IDLE_MS = 250;
const FAULT_MS = 2_000;

/** Follows webhooks and asks for payments whose time has come, each in its own loop, until stopped. */
export function createPaymentLoops(options: {
  readonly room: Pick<PaymentRoom, 'runDueWebhooks' | 'runDueChecks'>;
  readonly logger: Logger;
}): PaymentLoops {
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    start() {
      running = Promise.all([
        repeat(options.room.runDueWebhooks, options.logger, stopping.signal),
        repeat(options.room.runDueChecks, options.logger, stopping.signal),
      ]);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function repeat(round: () => Promise<number>, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await runRound(round, logger);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

async function runRound(round: () => Promise<number>, logger: Logger): Promise<number> {
  try {
    return (await round()) > 0 ? 0 : IDLE_MS;
  } catch (error) {
    logger.error({ err: error }, 'payments: a round failed');
    return FAULT_MS;
  }
}
