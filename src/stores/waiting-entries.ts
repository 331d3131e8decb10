import { setTimeout as wait } from 'node:timers/promises';
import type { HotEntry } from './hot-store.ts';

/** Makes the entry of a click, when its turn comes. */
export type BuildEntry = () => HotEntry | null;

interface WaitingOptions {
  /** What comes while so many wait is dropped. */
  readonly maxWaiting: number;
  /** False if nobody took them. Must not reject. */
  readonly write: (entries: readonly HotEntry[]) => Promise<boolean>;
}

/** Small enough that building it never keeps a request waiting for more than a few milliseconds. */
const BATCH = 128;
/** Collecting makes few writes of many; a person takes longer from the click to the start. */
const LINGER_MS = 5;

/** Clicks on their way to a store: bounded, one batch at a time, off everybody's path. */
export class WaitingEntries {
  readonly #options: WaitingOptions;
  #builds: BuildEntry[] = [];
  #head = 0;
  #running: Promise<void> | null = null;
  #isClosed = false;
  /** Clicks that no store keeps. */
  dropped = 0;

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#builds.length - this.#head;
  }

  /** Takes one more, if there is room. */
  push(build: BuildEntry): void {
    if (this.#isClosed || this.count >= this.#options.maxWaiting) {
      this.dropped += 1;
      return;
    }
    this.#builds.push(build);
    this.#running ??= this.#run();
  }

  /** Waits until all are written, at most so many milliseconds. */
  async close(ms: number): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#running ?? Promise.resolve(), late]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (this.count > 0) {
      // Whoever was clicking meanwhile is answered first.
      if (this.count < BATCH && !this.#isClosed) await wait(LINGER_MS);
      else await new Promise((resolve) => setImmediate(resolve));
      const builds = this.#take();
      const entries = builds.flatMap((build) => build() ?? []);
      if (entries.length > 0 && !(await this.#options.write(entries))) this.dropped += entries.length;
    }
    this.#running = null;
  }

  #take(): BuildEntry[] {
    const end = Math.min(this.#builds.length, this.#head + BATCH);
    const taken = this.#builds.slice(this.#head, end);
    this.#head = end;
    if (this.#head === this.#builds.length) {
      this.#builds = [];
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#builds = this.#builds.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }
}
