import type { Logger } from '../io/logger.ts';
import { GuardedStore, STORE_PATIENCE, type StorePatience, type StoreState } from './guarded-store.ts';
import type { HotEntry, HotStore, HotStoreName } from './hot-store.ts';
import { WaitingEntries } from './waiting-entries.ts';

/** A click's JSON and the store that had it. */
export interface FoundClick {
  readonly json: string;
  readonly store: HotStoreName;
}

/** What the stores said of a token. */
export interface TokenLook {
  readonly found: FoundClick | null;
  /** False where nothing was found and a store did not answer: it may have the click. */
  readonly isSure: boolean;
}

/** The stores in order, with what became of the clicks that were handed to them since the start of the process. */
export interface ChainState {
  readonly stores: readonly StoreState[];
  /** Waiting for a store. */
  readonly waiting: number;
  /** Not kept by any store; they are in the capture log all the same. */
  readonly dropped: number;
}

/** What a chain is made of. */
export interface StoreChainOptions {
  /** In the order in which they are written and asked; none = nothing is kept or found. */
  readonly stores: readonly HotStore[];
  /** How long a click is kept, seconds. */
  readonly ttlSeconds: number;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly patience?: Partial<StorePatience>;
  /** Most clicks that wait for a store (20,000). */
  readonly maxWaiting?: number;
}

const MAX_WAITING = 20_000;
const CLOSE_MS = 1_000;

/**
 * The hot stores: a click goes to the first healthy one soon after its answer, and is looked for in all of them in
 * order. Whatever happens to them, nothing here rejects: what no store keeps is in the capture log.
 */
export class StoreChain {
  readonly #stores: readonly GuardedStore[];
  readonly #ttlSeconds: number;
  readonly #waiting: WaitingEntries;
  readonly #probing: NodeJS.Timeout | null;
  /** Stores that the operator has been told are away. */
  readonly #told = new Set<HotStoreName>();

  constructor(options: StoreChainOptions) {
    const patience = { ...STORE_PATIENCE, ...options.patience };
    this.#stores = options.stores.map((store) => new GuardedStore(store, patience));
    this.#ttlSeconds = options.ttlSeconds;
    this.#waiting = new WaitingEntries({
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
      write: (entries) => this.#write(entries),
    });
    const probe = () => void this.#probe(options.logger);
    this.#probing = this.#stores.length === 0 ? null : setInterval(probe, patience.probeEveryMs).unref();
  }

  /** Takes a click for later; `build` makes its entry when its turn comes, null to leave it out. Costs next to nothing. */
  keep(build: () => HotEntry | null): void {
    if (this.#stores.length > 0) this.#waiting.push(build);
  }

  /** Looks for the click of a token in one store after the other. Never rejects. */
  async look(token: string): Promise<TokenLook> {
    let isSure = true;
    for (const store of this.#stores) {
      const asked = await store.get(token);
      if (asked.kind === 'skipped') isSure = false;
      else if (asked.value !== null) return { found: { json: asked.value, store: store.name }, isSure: true };
    }
    return { found: null, isSure };
  }

  /** The newest click of an fbclid that each store knows: outages may have spread them. Never rejects. */
  async listByFbclid(fbclid: string): Promise<readonly FoundClick[]> {
    const answers = await Promise.all(this.#stores.map((store) => store.getTokenByFbclid(fbclid)));
    const tokens = new Set(answers.flatMap((asked) => (asked.kind === 'answer' ? (asked.value ?? []) : [])));
    const looks = await Promise.all([...tokens].map((token) => this.look(token)));
    return looks.flatMap(({ found }) => found ?? []);
  }

  state(): ChainState {
    const { count, dropped } = this.#waiting;
    return { stores: this.#stores.map((store) => store.state()), waiting: count, dropped };
  }

  /** Gives what waits a second to be kept, then closes the stores. */
  async close(): Promise<void> {
    if (this.#probing) clearInterval(this.#probing);
    await this.#waiting.close(CLOSE_MS);
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  async #write(entries: readonly HotEntry[]): Promise<boolean> {
    for (const store of this.#stores) {
      if (await store.set(entries, this.#ttlSeconds)) return true;
    }
    return false;
  }

  async #probe(logger: StoreChainOptions['logger']): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.probe()));
    for (const store of this.#stores) {
      const { name, lastError, breaker } = store.state();
      if (breaker === 'closed' && this.#told.delete(name))
        logger.info({ store: name }, 'a hot store is back');
      if (breaker !== 'open' || this.#told.has(name)) continue;
      this.#told.add(name);
      logger.warn({ store: name, lastError }, 'a hot store is away; the next one takes over');
    }
  }
}
