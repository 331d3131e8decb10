import type { ChildProcess, Serializable } from 'node:child_process';
import { type Backoff, backoffMs } from './domain/backoff.ts';
import type { Logger } from './io/logger.ts';

/** A process of the server's own, started again whenever it ends by itself. */
export interface SupervisedProcess {
  /** Resolves when it first says `ready`; rejects if one exits by itself before that: it would again. */
  readonly firstReady: Promise<void>;
  /** Whether the one that runs now has said that it is ready. */
  isReady(): boolean;
  /** Says something to it; nothing happens while there is none. */
  send(message: Serializable): void;
  /** Asks it to finish what it has in hand, and waits. */
  stop(): Promise<void>;
}

/** How a process is started and supervised. */
export interface SupervisionOptions {
  /** What the operator reads: `the worker process`. */
  readonly name: string;
  readonly spawn: () => ChildProcess;
  readonly restart: Backoff;
  readonly logger: Logger;
  /** Told of every message but `ready`. */
  readonly onMessage?: (message: unknown) => void;
}

/** A process that ran this long was healthy: the next restart is quick again. */
const HEALTHY_MS = 60_000;
/** Longer than the longest outside call. */
const STOP_TIMEOUT_MS = 20_000;

/** Starts a process, and another one whenever it ends. */
export function supervise(options: SupervisionOptions): SupervisedProcess {
  return new Supervisor(options);
}

class Supervisor implements SupervisedProcess {
  readonly firstReady: Promise<void>;
  readonly #options: SupervisionOptions;
  readonly #settleFirst: { resolve: () => void; reject: (error: Error) => void };
  #child: ChildProcess;
  #isReady = false;
  #isStopping = false;
  #failures = 0;
  #restart: NodeJS.Timeout | null = null;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.firstReady = promise;
    this.#settleFirst = { resolve, reject };
    // Not everybody waits for it.
    promise.catch(() => undefined);
    this.#child = this.#spawn();
  }

  isReady(): boolean {
    return this.#isReady;
  }

  send(message: Serializable): void {
    // A process that ends just now needs no message.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.send('stop');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const { name, spawn, logger, onMessage } = this.#options;
    const startedAt = performance.now();
    const child = spawn();
    child.on('message', (message) => {
      if (message !== 'ready') return onMessage?.(message);
      this.#isReady = true;
      this.#settleFirst.resolve();
    });
    child.on('error', (error) => logger.error({ err: error }, `${name} cannot be started`));
    child.once('exit', (code, signal) => {
      this.#isReady = false;
      // One that was killed, by a person or for want of memory, says nothing about the next.
      if (signal === null) this.#settleFirst.reject(new Error(`${name} ended while it started`));
      if (!this.#isStopping) this.#startAgain({ code, signal, ranMs: performance.now() - startedAt });
    });
    return child;
  }

  #startAgain(end: { code: number | null; signal: NodeJS.Signals | null; ranMs: number }): void {
    const { name, restart, logger } = this.#options;
    this.#failures = end.ranMs > HEALTHY_MS ? 1 : this.#failures + 1;
    const waitMs = backoffMs(restart, this.#failures);
    logger.error({ code: end.code, signal: end.signal, waitMs }, `${name} ended; it is started again`);
    this.#restart = setTimeout(() => {
      this.#child = this.#spawn();
    }, waitMs);
  }
}
