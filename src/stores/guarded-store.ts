import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isTaskCancelledError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import type { HotEntry, HotStore, HotStoreName } from './hot-store.ts';

/** How patient the chain is with a store, in milliseconds. */
export interface StorePatience {
  /** A store that does not answer a look within this is skipped (50). */
  readonly readMs: number;
  /** For a batch of clicks, which nobody waits for (500). */
  readonly writeMs: number;
  /** Time between probes, and from an outage to the first attempt to end it (1,000). */
  readonly probeEveryMs: number;
}

/** The patience where nobody says otherwise. */
export const STORE_PATIENCE: StorePatience = { readMs: 50, writeMs: 500, probeEveryMs: 1_000 };

/** How a store is, with its counts since the start of the process. */
export interface StoreState {
  readonly name: HotStoreName;
  readonly breaker: 'closed' | 'open' | 'half_open';
  /** Looks that it answered with a click. */
  readonly hits: number;
  /** Looks that it answered with nothing. */
  readonly misses: number;
  /** Clicks that it took. */
  readonly stored: number;
  /** Looks, writes and probes that failed; those that took too long are among them. */
  readonly failures: number;
  readonly timeouts: number;
  /** Of the last failure, kept after it has recovered; null if there was none. */
  readonly lastError: string | null;
}

/** What a store said within its time; `skipped` = it was not even asked. */
export type Asked = { readonly kind: 'answer'; readonly value: string | null } | { readonly kind: 'skipped' };

const FAILURES_TO_OPEN = 3;
const SKIPPED: Asked = { kind: 'skipped' };

const STATE_NAMES = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
} as const;

/**
 * A store behind a breaker: three failures in a row and it is left alone. Only probes try to end that, so that no
 * click and no start ever pays for finding out that it is still away.
 */
export class GuardedStore {
  readonly #store: HotStore;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #patience: StorePatience;
  #isProbing = false;
  #hits = 0;
  #misses = 0;
  #stored = 0;
  #failures = 0;
  #timeouts = 0;
  #lastError: string | null = null;

  constructor(store: HotStore, patience: StorePatience) {
    this.#store = store;
    this.#patience = patience;
    this.#breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
      halfOpenAfter: patience.probeEveryMs,
    });
  }

  get name(): HotStoreName {
    return this.#store.name;
  }

  get isClosed(): boolean {
    return this.#breaker.state === CircuitState.Closed;
  }

  /** The JSON of a token's click. Never rejects. */
  get(token: string): Promise<Asked> {
    return this.#ask(() => this.#store.get(token));
  }

  /** The newest token of an fbclid. Never rejects. */
  getTokenByFbclid(fbclid: string): Promise<Asked> {
    return this.#ask(() => this.#store.getTokenByFbclid(fbclid));
  }

  /** True if it took all of them. Never rejects. */
  async set(entries: readonly HotEntry[], ttlSeconds: number): Promise<boolean> {
    if (!this.isClosed) return false;
    const done = await this.#try(this.#patience.writeMs, () => this.#store.set(entries, ttlSeconds));
    if (done === null) return false;
    this.#stored += entries.length;
    return true;
  }

  /** Asks how it is, and closes the breaker again if it is well. Never rejects. */
  async probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    await this.#try(this.#patience.writeMs, () => this.#store.ping());
    this.#isProbing = false;
  }

  state(): StoreState {
    return {
      name: this.name,
      breaker: STATE_NAMES[this.#breaker.state],
      hits: this.#hits,
      misses: this.#misses,
      stored: this.#stored,
      failures: this.#failures,
      timeouts: this.#timeouts,
      lastError: this.#lastError,
    };
  }

  /** Closes the store; it must not be asked afterwards. */
  async close(): Promise<void> {
    await this.#store.close().catch(() => undefined);
  }

  async #ask(look: () => Promise<string | null>): Promise<Asked> {
    if (!this.isClosed) return SKIPPED;
    const answer = await this.#try(this.#patience.readMs, look);
    if (answer === null) return SKIPPED;
    if (answer.value === null) this.#misses += 1;
    else this.#hits += 1;
    return { kind: 'answer', value: answer.value };
  }

  /** Null if it failed, or if the breaker did not let it through. */
  async #try<T>(ms: number, work: () => Promise<T>): Promise<{ readonly value: T } | null> {
    const limited = timeout(ms, TimeoutStrategy.Aggressive);
    const run = () => {
      const working = work();
      // What fails after its time is up is nobody's any more.
      working.catch(() => undefined);
      return working;
    };
    try {
      return { value: await this.#breaker.execute(() => limited.execute(run)) };
    } catch (error) {
      this.#count(error);
      return null;
    }
  }

  #count(error: unknown): void {
    // The breaker's own refusal is no failure of the store.
    if (error instanceof Error && 'isBrokenCircuitError' in error) return;
    this.#failures += 1;
    if (isTaskCancelledError(error)) this.#timeouts += 1;
    this.#lastError = isTaskCancelledError(error) ? 'no answer in time' : describe(error);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (code || error.message).slice(0, 200);
}
