import { setTimeout as wait } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import { hasPassed } from '../domain/elapsed.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
import { type CaptureLog, LogAwayError, type LogPart } from '../log/capture-log.ts';
import type { ClickFollowers } from './click-followers.ts';
import { type DrainState, readDrainState } from './drain-state.ts';
import { dropEarlyFacts } from './early-facts.ts';
import type { Enricher } from './enrich.ts';
import { maskErased } from './mask-erased.ts';
import { MonthPartitions } from './month-partitions.ts';
import { readCode } from './record-errors.ts';
import { type StepResult, WriterDrain } from './writer-drain.ts';

/** What the drain needs. */
export interface DrainOptions {
  readonly db: Kysely<Database>;
  /** Every part of it is folded. */
  readonly log: CaptureLog;
  readonly ipHashSalt: string;
  /** How leads that sites post are stored. */
  readonly leads: LeadTools;
  readonly enricher: Enricher;
  /** Who is told when clicks are judged anew; nobody if absent. */
  readonly followers?: ClickFollowers;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long folded segments are kept, ms (one day). */
  readonly keepFoldedMs?: number;
}

/** What one round over all writers did. */
export type DrainResult = StepResult;

/** Folds the capture log into tables. */
export interface Drain {
  /** Folds up to a batch of each writer. Throws when the database is away; calling again goes on. */
  runOnce(): Promise<DrainResult>;
  /** Folds until stopped, through outages too. */
  start(): void;
  /** Stops after the batch at hand. */
  stop(): Promise<void>;
  /** How far behind it is. Throws when the database is away. */
  state(): Promise<DrainState>;
}

const IDLE_MS = 50;
const TIDY_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
/** Longest time that the drain may be behind when a person is erased. */
const MASK_FOR_MS = 3_600_000;
const OUTAGE_BACKOFF = { baseMs: 100, maxMs: 2000 };
const OUTAGE_LOG_EVERY_MS = 10_000;

/** Makes a drain; nothing runs before `runOnce` or `start`. */
export function createDrain(options: DrainOptions): Drain {
  return new LoopingDrain(options);
}

class LoopingDrain implements Drain {
  readonly #options: DrainOptions;
  readonly #months: MonthPartitions;
  readonly #writers = new Map<string, WriterDrain>();
  #stopping: AbortController | null = null;
  #running: Promise<void> = Promise.resolve();
  #tidiedAt = 0;
  #maskedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#months = new MonthPartitions(options.db);
  }

  async runOnce(): Promise<DrainResult> {
    let sum: StepResult = { folded: 0, corrupt: 0, refused: 0, hasMore: false };
    const failures: unknown[] = [];
    for (const part of await this.#options.log.parts()) {
      try {
        sum = addSteps(sum, await this.#writer(part).step());
      } catch (error) {
        // One part's unreadable disk must not stop the others; one that is away is folded when it is back.
        if (!(error instanceof LogAwayError)) failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    await this.#tidy();
    return sum;
  }

  start(): void {
    if (this.#stopping) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#running = this.#loop(stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = null;
    await this.#running;
  }

  state(): Promise<DrainState> {
    const { db, log, clock } = this.#options;
    return readDrainState({ db, log, clock });
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const outage = new Outage(this.#options);
    while (!signal.aborted) {
      let pauseMs = IDLE_MS;
      try {
        const { hasMore } = await this.runOnce();
        outage.end();
        if (hasMore) pauseMs = 0;
      } catch (error) {
        pauseMs = outage.next(error);
      }
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #writer(part: LogPart): WriterDrain {
    const name = `${part.key.instanceId} ${part.key.writer}`;
    const found = this.#writers.get(name);
    if (found) return found;
    const { db, ipHashSalt, leads, enricher, followers, logger } = this.#options;
    const made = new WriterDrain({
      db,
      part,
      ipHashSalt,
      leads,
      enricher,
      followers: followers ?? null,
      logger,
      months: this.#months,
    });
    this.#writers.set(name, made);
    return made;
  }

  async #tidy(): Promise<void> {
    const { db, clock, keepFoldedMs = DAY_MS } = this.#options;
    const now = clock.now();
    if (!hasPassed(TIDY_EVERY_MS, { since: this.#tidiedAt, now })) return;
    this.#tidiedAt = now;
    for (const writer of this.#writers.values()) await unlessAway(writer.removeFolded(keepFoldedMs, now));
    await dropEarlyFacts(db, new Date(now - DAY_MS));
    await this.#maskErased(now);
  }

  /** What was not folded yet when its person was erased, and what other machines erased. */
  async #maskErased(now: number): Promise<void> {
    const { db, log, leads, keepFoldedMs = DAY_MS } = this.#options;
    const newest = await db
      .selectFrom('erased_identifiers')
      .select((erased) => erased.fn.max('erased_at').as('at'))
      .executeTakeFirst();
    const erasedAt = newest?.at?.getTime() ?? Number.NEGATIVE_INFINITY;
    // After an erasure it is looked at for as long as the log may be behind; older lines than these are removed.
    const isNew = erasedAt > this.#maskedAt - MASK_FOR_MS && erasedAt > now - 2 * keepFoldedMs;
    if (!isNew) return;
    const { missing } = await maskErased({ db, vault: leads.vault, log });
    if (missing === null) this.#maskedAt = now;
  }
}

/** What a part that is away was to do is done the next time. */
async function unlessAway(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof LogAwayError)) throw error;
  });
}

/** Failures in a row: how long to wait after each, and when to say so. */
class Outage {
  readonly #options: Pick<DrainOptions, 'logger' | 'clock'>;
  #attempt = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Pick<DrainOptions, 'logger' | 'clock'>) {
    this.#options = options;
  }

  next(error: unknown): number {
    const now = this.#options.clock.now();
    this.#attempt += 1;
    if (hasPassed(OUTAGE_LOG_EVERY_MS, { since: this.#loggedAt, now })) {
      this.#loggedAt = now;
      const fields = { attempt: this.#attempt, code: readCode(error), err: error };
      this.#options.logger.error(fields, 'Folding the log failed; it waits and goes on by itself');
    }
    return backoffMs(OUTAGE_BACKOFF, this.#attempt);
  }

  end(): void {
    if (this.#attempt > 0) this.#options.logger.info({ attempts: this.#attempt }, 'Folding the log goes on');
    this.#attempt = 0;
    this.#loggedAt = Number.NEGATIVE_INFINITY;
  }
}

function addSteps(a: StepResult, b: StepResult): StepResult {
  return {
    folded: a.folded + b.folded,
    corrupt: a.corrupt + b.corrupt,
    refused: a.refused + b.refused,
    hasMore: a.hasMore || b.hasMore,
  };
}
