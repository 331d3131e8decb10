import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import { runDueProfiles } from './due-profiles.ts';

/** The work that profiles need without anybody asking. */
export interface ProfileLoop {
  start(): void;
  /** Ends after the round that is under way. */
  stop(): Promise<void>;
}

const IDLE_MS = 1_000;
const FAULT_MS = 2_000;

/** Makes profiles of what is due, a little after each fact and each change of a setting, until stopped. */
export function createProfileLoop(options: {
  readonly db: Kysely<Database>;
  readonly logger: Logger;
}): ProfileLoop {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = repeat(() => runRound(options), signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function repeat(round: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await round();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

async function runRound({ db, logger }: Parameters<typeof createProfileLoop>[0]): Promise<number> {
  try {
    return (await runDueProfiles(db)) > 0 ? 0 : IDLE_MS;
  } catch (error) {
    logger.error({ err: error }, 'profiles: a round failed');
    return FAULT_MS;
  }
}
