/** How a request for the engine ended. */
export type TurnAnswer = 'granted' | 'holder-is-idle' | 'overloaded' | 'left';

type Waiting = { seat: object; since: number; answer: (answer: TurnAnswer) => void };

/** Milliseconds that a connection waits for its turn. */
export type TurnLimits = {
  /** While whoever has the turn sits idle in its transaction: mostly a use of the root handle inside one. */
  idleHolderMs: number;
  /** In all, however busy the engine is. */
  overloadMs: number;
};

/**
 * Lets one connection at a time use the engine's only session, first come, first served.
 * A connection keeps its turn while its transaction is open.
 */
export class Turns {
  readonly #limits: TurnLimits;
  #holder: object | null = null;
  #idleSince: number | null = null;
  #queue: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Waits for the turn. A seat that has it already gets it at once. */
  take(seat: object): Promise<TurnAnswer> {
    if (this.#ended) return Promise.resolve('left');
    if (this.#holder === seat || (this.#holder === null && this.#queue.length === 0)) {
      this.#give(seat);
      return Promise.resolve('granted');
    }
    this.#watch();
    return new Promise((answer) => {
      this.#queue.push({ seat, since: performance.now(), answer });
    });
  }

  /** Says that the holder has answered its client and waits for it inside a transaction. */
  idle(seat: object): void {
    if (this.#holder === seat) this.#idleSince = performance.now();
  }

  /** Whether this seat has the turn. */
  has(seat: object): boolean {
    return this.#holder === seat;
  }

  /** Ends a seat's turn, or its wait, and lets the next one in. */
  leave(seat: object): void {
    this.#remove((waiting) => waiting.seat === seat, 'left');
    if (this.#holder !== seat) return;
    this.#holder = null;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#give(next.seat);
    // Not in this very tick: the event loop must get to accept, read and write between two turns.
    setImmediate(next.answer, 'granted');
  }

  /** Ends it all: nobody gets a turn any more. */
  end(): void {
    this.#ended = true;
    this.#remove(() => true, 'left');
  }

  #give(seat: object): void {
    this.#holder = seat;
    this.#idleSince = null;
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#expire(), Math.min(250, this.#limits.idleHolderMs / 4));
  }

  #expire(): void {
    const now = performance.now();
    const { idleHolderMs, overloadMs } = this.#limits;
    const holderIdle = this.#idleSince !== null && now - this.#idleSince >= idleHolderMs;
    this.#remove((waiting) => holderIdle && now - waiting.since >= idleHolderMs, 'holder-is-idle');
    this.#remove((waiting) => now - waiting.since >= overloadMs, 'overloaded');
    if (this.#queue.length > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #remove(goes: (waiting: Waiting) => boolean, answer: TurnAnswer): void {
    const going = this.#queue.filter(goes);
    if (going.length === 0) return;
    this.#queue = this.#queue.filter((waiting) => !going.includes(waiting));
    for (const waiting of going) waiting.answer(answer);
  }
}
