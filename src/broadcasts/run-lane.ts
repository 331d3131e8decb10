import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from 'grammy';
import { createTelegramApi, type TelegramAccess } from '../bot/telegram-api.ts';
import { awaitsPicture, isResting, type LaneBroadcast, readContent } from './broadcast-row.ts';
import { listSending } from './find-work.ts';
import { LaneTrouble } from './lane-trouble.ts';
import { keepLane, type Lease, releaseLane, takeLane } from './lanes.ts';
import { type ClaimedRecipient, claimRecipient } from './recipients.ts';
import { type BroadcastTools, zoneOf } from './room-parts.ts';
import { sendToPerson } from './send-to-person.ts';

/** Answers take some 200 ms: 30 a second need six on their way, and a slow hour some more. */
const MOST_IN_FLIGHT = 20;
/** How old the lane's copy of the broadcasts may be. */
const FRESH_MS = 500;
const LOOK_MS = 200;
const STEP_MS = 500;
const SILENCE_MS = 30_000;

/** Sends a bot's broadcasts until nobody is due, one message after the other at its pace; how many calls were made. */
export async function runLane(tools: BroadcastTools, botId: string, signal: AbortSignal): Promise<number> {
  const access = tools.accessOf(botId);
  if (!access) return 0;
  const lease = await takeLane(tools.db, botId);
  if (!lease) return 0;
  const lane = new Lane({ tools, botId, lease, access, signal });
  try {
    return await lane.run();
  } finally {
    await lane.settle();
    await releaseLane(tools.db, botId, { lease, waitMs: lane.waitMs });
  }
}

interface LaneOptions {
  readonly tools: BroadcastTools;
  readonly botId: string;
  readonly lease: Lease;
  readonly access: TelegramAccess;
  readonly signal: AbortSignal;
}

class Lane {
  readonly #of: LaneOptions;
  readonly #api: Api;
  readonly #trouble: LaneTrouble;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #known = new Map<string, LaneBroadcast>();
  #queue: LaneBroadcast[] = [];
  #freshUntil = 0;
  #nextSendAt: number;
  #mustEnd = false;
  #calls = 0;

  constructor(options: LaneOptions) {
    this.#of = options;
    this.#api = createTelegramApi(options.access, options.tools.timeoutSeconds);
    this.#trouble = new LaneTrouble(options.tools.silenceMs ?? SILENCE_MS);
    this.#nextSendAt = performance.now() + options.lease.waitMs;
  }

  /** Milliseconds until the throttle lets the next message go. */
  get waitMs(): number {
    return this.#nextSendAt - performance.now();
  }

  async run(): Promise<number> {
    while (await this.#mayGoOn()) {
      const { waitMs } = this;
      if (waitMs > 0) await this.#sleep(Math.min(waitMs, STEP_MS));
      else if (this.#inFlight.size >= this.#mostInFlight) await this.#await(STEP_MS);
      else if (!(await this.#callNext())) {
        if (this.#inFlight.size === 0) break;
        await this.#await(LOOK_MS);
      }
    }
    return this.#calls;
  }

  /** Waits for the answers that are still to come, and for their records. */
  async settle(): Promise<void> {
    while (this.#inFlight.size > 0) {
      await this.#await(STEP_MS);
      // Lost or not: what was called for is recorded all the same.
      await this.#keep().catch(() => false);
    }
  }

  get #mostInFlight(): number {
    return this.#trouble.pauseMs > 0 ? 1 : MOST_IN_FLIGHT;
  }

  async #mayGoOn(): Promise<boolean> {
    if (this.#of.signal.aborted || this.#mustEnd) return false;
    return (await this.#keep()) && performance.now() < this.#of.lease.validUntil;
  }

  #keep(): Promise<boolean> {
    const { tools, botId, lease } = this.#of;
    return keepLane(tools.db, botId, lease);
  }

  /** Claims and calls for one person; false if nobody is due at the moment. */
  async #callNext(): Promise<boolean> {
    await this.#refresh();
    const { tools, botId, lease } = this.#of;
    for (let left = this.#queue.length; left > 0; left -= 1) {
      const broadcast = this.#queue.shift();
      if (!broadcast) break;
      if (awaitsPicture(broadcast)) {
        this.#queue.push(broadcast);
        continue;
      }
      const { broadcast_id: broadcastId, rate_per_second: rate } = broadcast.row;
      const recipient = await claimRecipient(tools.db, { broadcastId, botId, holder: lease.holder });
      if (!recipient) continue;
      // Several broadcasts of a bot take turns.
      this.#queue.push(broadcast);
      this.#nextSendAt = Math.max(performance.now(), this.#nextSendAt) + 1_000 / rate;
      this.#start(broadcast, recipient);
      return true;
    }
    return false;
  }

  #start(broadcast: LaneBroadcast, recipient: ClaimedRecipient): void {
    this.#calls += 1;
    broadcast.isFetching = true;
    const { tools, botId, lease } = this.#of;
    const work = sendToPerson(tools, {
      ...{ api: this.#api, botId, holder: lease.holder, broadcast, recipient },
      onEnd: (end) => {
        if (end.kind === 'wait') this.#mustEnd = true;
        const why = this.#trouble.note(recipient.broadcastId, end);
        const pauseMs = this.#trouble.pauseMs;
        if (pauseMs > 0) this.#nextSendAt = performance.now() + pauseMs;
        return why;
      },
    }).finally(() => {
      broadcast.isFetching = false;
      this.#inFlight.delete(work);
    });
    this.#inFlight.add(work);
  }

  async #refresh(): Promise<void> {
    if (performance.now() < this.#freshUntil) return;
    const { tools, botId } = this.#of;
    const now = new Date(tools.clock.now());
    const rows = await listSending(tools.db, botId);
    const awake = rows.filter((row) => !isResting(row, now, zoneOf(tools, row.workspace_id)));
    this.#queue = awake.map((row) => {
      const unknown = { row, fileId: undefined, isFetching: false };
      const known = this.#known.get(row.broadcast_id) ?? { ...unknown, content: readContent(row.content) };
      known.row = row;
      this.#known.set(row.broadcast_id, known);
      return known;
    });
    this.#freshUntil = performance.now() + FRESH_MS;
  }

  #await(ms: number): Promise<unknown> {
    return Promise.race([...this.#inFlight, this.#sleep(ms)]);
  }

  async #sleep(ms: number): Promise<void> {
    const { signal } = this.#of;
    // While the last answers are awaited the lane is ending already, and must not spin.
    await sleep(ms, undefined, signal.aborted ? {} : { signal }).catch(() => undefined);
  }
}
