import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss, type QueueOptions } from 'pg-boss';
import { hasPassed } from '../domain/elapsed.ts';
import type { Clock } from '../io/clock.ts';
import type { DatabaseHandle } from '../io/database.ts';
import type { Logger } from '../io/logger.ts';
import { traced } from '../io/tracing/traced.ts';
import type { Job } from './job.ts';
import { type RunEnd, recordEnd, recordStart } from './run-log.ts';

/** What the jobs of a process run with. */
export interface JobsOptions<Needs> {
  readonly database: Pick<DatabaseHandle, 'db' | 'pool'>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly jobs: readonly Job<Needs>[];
  /** What is handed to each job. */
  readonly needs: Needs;
  /** How often the queues are asked for work, seconds (5). */
  readonly pollSeconds?: number;
}

/** The running jobs of this process. */
export interface RunningJobs {
  /** Resolves once the schedules are in the database and this process takes part. */
  readonly ready: Promise<void>;
  /** Waits a few seconds for what is in hand; a run that is cut off begins again elsewhere. */
  stop(): Promise<void>;
}

const SCHEMA = 'pgboss';
const RETRY_MS = 1_000;
const STOP_MS = 5_000;
const POLL_SECONDS = 5;
const EXPIRE_SECONDS = 900;
const COMPLAIN_EVERY_MS = 10_000;

/**
 * Takes part in the jobs of the clock. pg-boss sees to it that each run happens on one machine; its tables are its
 * own business in a schema of their own, migrated by itself at the start. A database that is away only delays this.
 */
export function startJobs<Needs>(options: JobsOptions<Needs>): RunningJobs {
  const runner = new JobRunner(options);
  return { ready: runner.start(), stop: () => runner.stop() };
}

class JobRunner<Needs> {
  readonly #options: JobsOptions<Needs>;
  readonly #stopping = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  #boss: PgBoss | null = null;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #started: Promise<void> = Promise.resolve();

  constructor(options: JobsOptions<Needs>) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#started = this.#startWhenThere();
    return this.#started;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#started;
    await this.#boss?.stop({ graceful: true, timeout: STOP_MS, close: false });
  }

  async #startWhenThere(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const boss = this.#buildBoss();
      try {
        await boss.start();
        await this.#takePart(boss);
        this.#boss = boss;
        return;
      } catch (error) {
        this.#complain(error);
        await boss.stop({ graceful: false, close: false }).catch(() => undefined);
        await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #buildBoss(): PgBoss {
    const { pool } = this.#options.database;
    const boss = new PgBoss({
      db: { executeSql: (text, values) => pool.query(text, values) },
      schema: SCHEMA,
      // The tables are small, and the embedded database has neither a vacuum to watch nor a second session.
      reindex: false,
      monitorVacuum: false,
    });
    boss.on('error', (error) => this.#complain(error));
    return boss;
  }

  async #takePart(boss: PgBoss): Promise<void> {
    const names = new Set(this.#options.jobs.map((job) => job.name));
    for (const schedule of await boss.getSchedules()) {
      if (!names.has(schedule.name)) await boss.unschedule(schedule.name, schedule.key);
    }
    for (const job of this.#options.jobs) await this.#schedule(boss, job);
  }

  async #schedule(boss: PgBoss, job: Job<Needs>): Promise<void> {
    const { name, schedule } = job;
    const queue = buildQueue(job);
    // Exclusive: while one waits or runs, no second one is taken in.
    await boss.createQueue(name, { ...queue, policy: 'exclusive' });
    await boss.updateQueue(name, queue);
    const polling = { pollingIntervalSeconds: this.#options.pollSeconds ?? POLL_SECONDS };
    await boss.work(name, polling, async ([run]) => {
      await this.#run(job, run?.signal ?? this.#stopping.signal);
    });
    // What came due while every machine was off is made up for, once.
    if ('cron' in schedule) await boss.schedule(name, schedule.cron, null, { missed: 'once', tz: 'UTC' });
    else {
      await boss.unschedule(name);
      await this.#tick(boss, name, schedule.everySeconds);
    }
  }

  /** Every machine says that it is time; the slot takes the first one's word. */
  async #tick(boss: PgBoss, name: string, everySeconds: number): Promise<void> {
    const send = () => boss.send(name, null, { singletonSeconds: everySeconds });
    await send();
    const tick = () => void send().catch((error: unknown) => this.#complain(error));
    this.#timers.push(setInterval(tick, everySeconds * 1000));
  }

  async #run(job: Job<Needs>, signal: AbortSignal): Promise<void> {
    const { clock, logger, needs } = this.#options;
    const { db } = this.#options.database;
    const startedAt = clock.now();
    const start = performance.now();
    await recordStart(db, job.name, new Date(startedAt));
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    const end = await runToEnd(() => traced('job', { 'rastro.job': job.name }, () => job.run(needs, stop)));
    const durationMs = performance.now() - start;
    await recordEnd(db, { name: job.name, end, at: new Date(startedAt + durationMs), durationMs });
    if (end.kind === 'done') return;
    logger.error({ job: job.name, err: end.error }, 'jobs: a run failed, it is tried again');
    throw end.error;
  }

  #complain(error: unknown): void {
    const now = this.#options.clock.now();
    const isTime = hasPassed(COMPLAIN_EVERY_MS, { since: this.#complainedAt, now });
    if (this.#stopping.signal.aborted || !isTime) return;
    this.#complainedAt = now;
    this.#options.logger.error({ err: error }, 'jobs: waiting for the database, then they go on');
  }
}

async function runToEnd(work: () => Promise<string>): Promise<RunEnd> {
  try {
    return { kind: 'done', note: await work() };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function buildQueue<Needs>({ expireSeconds = EXPIRE_SECONDS }: Job<Needs>): QueueOptions {
  return {
    expireInSeconds: expireSeconds,
    retryLimit: 3,
    retryDelay: 15,
    retryBackoff: true,
    retryDelayMax: 300,
    // Of a machine that was killed; the embedded database may be busy with one statement for long.
    heartbeatSeconds: 120,
    deleteAfterSeconds: 21_600,
  };
}
