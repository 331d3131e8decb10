import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { backoffMs } from './domain/backoff.ts';
import type { Logger } from './io/logger.ts';

/** The worker process, started again whenever it ends by itself. */
export interface WorkerProcess {
  /** Whether it has said that its loops run. */
  isReady(): boolean;
  /** Asks it to finish what it has in hand, and waits. */
  stop(): Promise<void>;
}

const RESTART = { baseMs: 500, maxMs: 30_000 };
/** A worker that ran this long was healthy: the next restart is quick again. */
const HEALTHY_MS = 60_000;
/** Longer than the longest outside call. */
const STOP_TIMEOUT_MS = 20_000;

/** Starts the worker; `args` tell it what only the server knows. */
export function startWorker(args: readonly string[], logger: Logger): WorkerProcess {
  return new SupervisedWorker(args, logger);
}

class SupervisedWorker implements WorkerProcess {
  readonly #args: readonly string[];
  readonly #logger: Logger;
  #child: ChildProcess;
  #isReady = false;
  #isStopping = false;
  #failures = 0;
  #restart: NodeJS.Timeout | null = null;

  constructor(args: readonly string[], logger: Logger) {
    this.#args = args;
    this.#logger = logger;
    this.#child = this.#spawn();
  }

  isReady(): boolean {
    return this.#isReady;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.send('stop');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const startedAt = Date.now();
    const child = fork(join(import.meta.dirname, 'worker.ts'), [...this.#args], { stdio: 'inherit' });
    child.on('message', (message) => {
      if (message === 'ready') this.#isReady = true;
    });
    child.on('error', (error) => this.#logger.error({ err: error }, 'the worker process cannot be started'));
    child.once('exit', (code, signal) => {
      this.#isReady = false;
      if (this.#isStopping) return;
      this.#failures = Date.now() - startedAt > HEALTHY_MS ? 1 : this.#failures + 1;
      const waitMs = backoffMs(RESTART, this.#failures);
      this.#logger.error({ code, signal, waitMs }, 'the worker process ended; it is started again');
      this.#restart = setTimeout(() => {
        this.#child = this.#spawn();
      }, waitMs);
    });
    return child;
  }
}
