import { setTimeout as sleep } from 'node:timers/promises';
import { findAccess } from '../bot/bot-access.ts';
import { isResting } from './broadcast-row.ts';
import { beginScheduled, findDueBots, listOpen, type OpenBroadcast } from './find-work.ts';
import { prepareBatch } from './prepare.ts';
import { failBotsOff, finishBroadcast, markLost, sweepStopped } from './recipients.ts';
import { type BroadcastTools, zoneOf } from './room-parts.ts';
import { runLane } from './run-lane.ts';

/** What sends broadcasts without anybody asking; any number of them may run, in one process or many. */
export interface BroadcastLoop {
  start(): void;
  /** Resolves when the calls under way are recorded. */
  stop(): Promise<void>;
}

const IDLE_MS = 300;
const FAULT_MS = 1_000;

/** Makes the loop: each bot's lane goes at its own pace beside the others. */
export function createBroadcastLoop(tools: BroadcastTools): BroadcastLoop {
  const stopping = new AbortController();
  const lanes = new Map<string, Promise<void>>();
  let running: Promise<void> = Promise.resolve();
  const startLane = (botId: string): void => {
    const work = runLane(tools, botId, stopping.signal)
      .then(() => undefined)
      .catch((error: unknown) => {
        tools.logger.error({ err: error, botId }, 'broadcasts: a lane broke off, the next round goes on');
      })
      .finally(() => lanes.delete(botId));
    lanes.set(botId, work);
  };
  const round = async (): Promise<number> => {
    try {
      const { hasMore, dueBots } = await runRound(tools);
      for (const botId of dueBots) if (!lanes.has(botId)) startLane(botId);
      return hasMore ? 0 : IDLE_MS;
    } catch (error) {
      tools.logger.error({ err: error }, 'broadcasts: a round failed');
      return FAULT_MS;
    }
  };
  return {
    start() {
      running = repeat(round, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      await Promise.all(lanes.values());
    },
  };
}

async function repeat(round: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await round();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Moves every open broadcast on by what is due now; who is to be sent to is left to the lanes. */
async function runRound(tools: BroadcastTools): Promise<{ hasMore: boolean; dueBots: readonly string[] }> {
  const { db } = tools;
  const open = await listOpen(db);
  let hasMore = false;
  for (const broadcast of open) hasMore = (await moveOn(tools, broadcast)) || hasMore;
  const now = new Date(tools.clock.now());
  const awake = open.filter(
    (one) => one.state === 'sending' && !isResting(one, now, zoneOf(tools, one.workspace_id)),
  );
  return {
    hasMore,
    dueBots: await findDueBots(
      db,
      awake.map((one) => one.broadcast_id),
    ),
  };
}

/** True if there is more to do at once. */
async function moveOn(tools: BroadcastTools, broadcast: OpenBroadcast): Promise<boolean> {
  const { db } = tools;
  const { broadcast_id: broadcastId } = broadcast;
  switch (broadcast.state) {
    case 'scheduled':
      await beginScheduled(db, broadcastId);
      return false;
    case 'preparing':
      return prepareBatch(db, broadcastId, (workspaceId) => zoneOf(tools, workspaceId));
    case 'sending': {
      const off = await listBotsOff(tools, broadcast.bot_ids);
      if (off.length > 0) await failBotsOff(db, broadcastId, off);
      break;
    }
    case 'stopped':
      if ((await sweepStopped(db, broadcastId)) > 0) return true;
      break;
    case 'paused':
    case 'draft':
    case 'done':
      break;
  }
  await markLost(db, broadcastId);
  await finishBroadcast(db, broadcastId);
  return false;
}

/** A bot that this process does not know may be newer than its copy of the settings. */
async function listBotsOff(tools: BroadcastTools, botIds: readonly string[]): Promise<string[]> {
  const off: string[] = [];
  for (const botId of botIds) if ((await findAccess(tools, botId)) === undefined) off.push(botId);
  return off;
}
