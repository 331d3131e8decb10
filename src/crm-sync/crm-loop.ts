import { setTimeout as sleep } from 'node:timers/promises';
import { type CrmLane, findLanes } from './due-rows.ts';
import type { CrmRoomParts } from './room-parts.ts';
import { runLane } from './run-lane.ts';

/** The work that connections need without anybody asking. */
export interface CrmLoop {
  start(): void;
  /** Ends after what is in hand. */
  stop(): Promise<void>;
}

const IDLE_MS = 250;
const FAULT_MS = 2_000;
const MOST_LANES = 16;

/** Works off everything that is due now, each connection by itself; returns how many rows were dealt with. */
export async function runDueRows(room: CrmRoomParts): Promise<number> {
  const lanes = await findLanes(room.db, new Date(room.clock.now()));
  const counts = await Promise.all(lanes.map((lane) => runLane(room, lane)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Makes the loop: a slow CRM keeps nobody but itself waiting. */
export function createCrmLoop(room: CrmRoomParts): CrmLoop {
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  const startLane = (lane: CrmLane): void => {
    const work = runLane(room, lane)
      .then(() => undefined)
      .catch((error: unknown) => {
        room.logger.error({ err: error, connectionId: lane.connectionId }, 'crm: a lane broke off');
      })
      .finally(() => running.delete(lane.connectionId));
    running.set(lane.connectionId, work);
  };
  const round = async (): Promise<number> => {
    try {
      const lanes = await findLanes(room.db, new Date(room.clock.now()));
      const idle = lanes.filter((lane) => !running.has(lane.connectionId));
      for (const lane of idle.slice(0, Math.max(0, MOST_LANES - running.size))) startLane(lane);
      return IDLE_MS;
    } catch (error) {
      room.logger.error({ err: error }, 'crm: a round failed');
      return FAULT_MS;
    }
  };
  return {
    start() {
      loop = repeat(round, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      await Promise.all(running.values());
    },
  };
}

async function repeat(round: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(await round(), undefined, { signal }).catch(() => undefined);
  }
}
