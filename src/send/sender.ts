import { hasPassed } from '../domain/elapsed.ts';
import { traced } from '../io/tracing/traced.ts';
import { adoptOfflineConversions } from './adopt-offline-conversions.ts';
import { expireDeliveries } from './claim.ts';
import { findLanes, type Lane } from './destination-states.ts';
import { followSuspicion } from './follow-suspicion.ts';
import { runLane } from './lane.ts';
import { LEASE_MS } from './lane-round.ts';
import type { LaneTools } from './lane-tools.ts';
import { mendTimes } from './mend-times.ts';
import { planConversions } from './plan.ts';

/** The sender: conversions that are due become deliveries, and deliveries reach their platforms. */
export interface Sender {
  /** One whole round, its requests included; how many conversions were planned and deliveries dealt with. */
  runOnce(): Promise<{ readonly planned: number; readonly attempted: number }>;
  /** Runs rounds until stopped. */
  start(): void;
  /** Resolves when the requests under way are settled. */
  stop(): Promise<void>;
}

const IDLE_MS = 200;
const AFTER_ERROR_MS = 1_000;
const EXPIRE_EVERY_MS = 5_000;
const MOST_LANES = 32;

/** After this a choice that was asked for is not expected any more; no platform takes website events so old. */
const CONSENT_WAIT_MS = 7 * 86_400_000;

/** Makes a sender; several may run beside each other, in one process or many. */
export function createSender(tools: LaneTools): Sender {
  return new PollingSender(tools);
}

class PollingSender implements Sender {
  readonly #tools: LaneTools;
  /** One request a destination at a time, so that a slow one keeps nobody but itself waiting. */
  readonly #lanes = new Map<string, Promise<number>>();
  #expiredAt = 0;
  #isRunning = false;
  #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #isWorkLikely = false;

  constructor(tools: LaneTools) {
    this.#tools = tools;
  }

  async runOnce() {
    const planned = await this.#plan();
    const lanes = await this.#findIdleLanes();
    const counts = await Promise.all(lanes.map((lane) => this.#startLane(lane)));
    return { planned, attempted: counts.reduce((sum, count) => sum + count, 0) };
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#stopping = new AbortController();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#stopping.abort();
    this.#wake();
    await this.#loop;
    await Promise.all(this.#lanes.values());
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      this.#isWorkLikely = false;
      const wait = await this.#round();
      if (!this.#isWorkLikely && this.#isRunning) await this.#sleep(wait);
    }
  }

  async #round(): Promise<number> {
    try {
      const planned = await this.#plan();
      for (const lane of await this.#findIdleLanes()) void this.#startLane(lane);
      return planned > 0 ? 0 : IDLE_MS;
    } catch (error) {
      this.#tools.logger.error({ err: error }, 'sender: the round broke off, the next one goes on');
      return AFTER_ERROR_MS;
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #plan(): Promise<number> {
    const { db, registry, findPlatform, clock } = this.#tools;
    const now = new Date(clock.now());
    if (hasPassed(EXPIRE_EVERY_MS, { since: this.#expiredAt, now: now.getTime() })) {
      this.#expiredAt = now.getTime();
      await mendTimes(db, { now, leaseMs: LEASE_MS });
      await expireDeliveries(db, { now, consentWaitMs: CONSENT_WAIT_MS });
    }
    await adoptOfflineConversions(db, now);
    await followSuspicion(db, now);
    return planConversions({ db, registry, findPlatform, now });
  }

  async #findIdleLanes(): Promise<Lane[]> {
    const lanes = await findLanes(this.#tools.db, new Date(this.#tools.clock.now()));
    const idle = lanes.filter((lane) => !this.#lanes.has(lane.destinationId));
    return idle.slice(0, Math.max(0, MOST_LANES - this.#lanes.size));
  }

  #startLane(lane: Lane): Promise<number> {
    const work = this.#runLane(lane).finally(() => {
      this.#lanes.delete(lane.destinationId);
    });
    this.#lanes.set(lane.destinationId, work);
    return work;
  }

  async #runLane(lane: Lane): Promise<number> {
    try {
      const dealtWith = await traced('deliver', { 'rastro.destination_id': lane.destinationId }, () =>
        runLane(lane, { ...this.#tools, stopping: this.#stopping.signal }),
      );
      if (dealtWith > 0) this.#hurry();
      return dealtWith;
    } catch (error) {
      const { destinationId } = lane;
      this.#tools.logger.error(
        { err: error, destinationId },
        'sender: a claim broke off, its lease will end',
      );
      return 0;
    }
  }

  /** Where something was sent, more may be waiting behind it. */
  #hurry(): void {
    this.#isWorkLikely = true;
    this.#wake();
  }
}
