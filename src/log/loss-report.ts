import { hasPassed } from '../domain/elapsed.ts';

/** Records lost since the last report, and why the last of them was. */
interface LogLoss {
  readonly records: number;
  readonly reason: string;
}

/** Receives losses; a broken listener must not break the log, so keep it simple. */
export type OnLoss = (loss: LogLoss) => void;

const QUIET_MS = 1000;

/** Counts lost records and tells the first at once, the others at most once a second: thousands a second can be lost. */
export class LossReport {
  readonly #clock: { now(): number };
  readonly #onLoss: OnLoss | undefined;
  #untold = 0;
  #reason = '';
  #toldAt = Number.NEGATIVE_INFINITY;
  total = 0;

  constructor(clock: { now(): number }, onLoss: OnLoss | undefined) {
    this.#clock = clock;
    this.#onLoss = onLoss;
  }

  /** Counts `records` as lost. */
  add(records: number, reason: string): void {
    if (records === 0) return;
    this.total += records;
    this.#untold += records;
    this.#reason = reason;
    if (hasPassed(QUIET_MS, { since: this.#toldAt, now: this.#clock.now() })) this.tell();
  }

  /** Tells what has not been told yet. */
  tell(): void {
    if (this.#untold === 0) return;
    const loss = { records: this.#untold, reason: this.#reason };
    this.#untold = 0;
    this.#toldAt = this.#clock.now();
    this.#onLoss?.(loss);
  }
}
