import type { HttpRequest } from '../../src/domain/http-message.ts';
import type { Answering } from '../../src/simulators/simulator-server.ts';
import { buildAnswer, type SimulatedAnswer } from '../../src/simulators/vendor-simulator.ts';
import type { Counts } from './counts.ts';

/** What a vendor does to a request instead of answering it as it should. */
export type Trouble =
  /** The connection breaks before anything is read. */
  | 'unreachable'
  | 'error_page'
  /** HTTP 200 with an error in the body. */
  | 'error_with_200'
  /** HTTP 200 with a page. */
  | 'wrong_type'
  /** 429 with `Retry-After`. */
  | 'rate_limit'
  /** Takes the events and answers late. */
  | 'slow'
  /** Takes the events, and the answer does not come, breaks off, or never ends. */
  | 'hung'
  | 'hang_up'
  | 'truncated'
  | 'endless';

/** How long a vendor that is too fast for us asks to be left alone. */
export const RETRY_AFTER_S = 3;
const SLOW_MS = 2_000;
/** Longer than anybody waits. */
const HUNG_MS = 60_000;

/** A vendor, and how to understand what it is asked. */
export interface TroubledOptions {
  readonly inner: Answering;
  /** Ids of the events in a request. */
  readonly readEventIds: (request: HttpRequest) => readonly string[];
  /** Which account a request is for; troubles are an account's own. */
  readonly readAccount: (request: HttpRequest) => string;
  /** An error that it hides behind a 200, and what it says with a 429. */
  readonly errors: { readonly hidden: object; readonly tooFast: object };
}

interface Take {
  readonly at: number;
  /** The answer may not have arrived, or may have died with who asked. */
  isDoubtful: boolean;
}

/** A vendor that misbehaves on demand, and counts by itself what it took and how often. */
export class TroubledVendor implements Answering {
  readonly #options: TroubledOptions;
  readonly #troubles = new Map<string, Trouble[]>();
  readonly #lasting = new Map<string, Trouble>();
  readonly #takes = new Map<string, Take[]>();
  /** When requests came, by account. */
  readonly requests = new Map<string, number[]>();
  #onTrouble: (trouble: Trouble) => void = () => undefined;

  constructor(options: TroubledOptions) {
    this.#options = options;
  }

  /** Puts troubles before the next requests of an account, one each. */
  trouble(account: string, ...troubles: readonly Trouble[]): void {
    this.#troubles.set(account, [...(this.#troubles.get(account) ?? []), ...troubles]);
  }

  /** Puts one before every request of an account, until the returned function ends it. */
  hold(account: string, trouble: Trouble): () => void {
    this.#lasting.set(account, trouble);
    return () => void this.#lasting.delete(account);
  }

  /** Puts a trouble before the next request of an account, and resolves when that has come: it is not answered yet. */
  meet(account: string, trouble: Trouble): Promise<void> {
    this.trouble(account, trouble);
    return new Promise((resolve) => {
      this.#onTrouble = (met) => {
        if (met === trouble) resolve();
      };
    });
  }

  /** Who sent has died: whether it heard the answers of the last `ms` nobody knows. */
  doubt(ms: number): void {
    const since = Date.now() - ms;
    for (const takes of this.#takes.values())
      for (const take of takes) if (take.at >= since) take.isDoubtful = true;
  }

  /** Every event id that was taken. */
  get eventIds(): ReadonlySet<string> {
    return new Set(this.#takes.keys());
  }

  /** Event ids that were taken again although who sent them had been told that they were taken. */
  get sentTwice(): readonly string[] {
    return [...this.#takes]
      .filter(([, takes]) => takes.slice(0, -1).some((take) => !take.isDoubtful))
      .map(([id]) => id);
  }

  /** Its own count. */
  count(): Counts {
    const takes = [...this.#takes.values()];
    const deliveries = takes.reduce((sum, one) => sum + one.length, 0);
    const sentTwice = this.sentTwice.length;
    return {
      deliveries,
      eventIds: takes.length,
      repeated: deliveries - takes.length - sentTwice,
      sentTwice,
    };
  }

  /** Answers one request. */
  answer(request: HttpRequest): SimulatedAnswer {
    const account = this.#options.readAccount(request);
    this.requests.set(account, [...(this.requests.get(account) ?? []), Date.now()]);
    const trouble = this.#troubles.get(account)?.shift() ?? this.#lasting.get(account);
    if (trouble) this.#onTrouble(trouble);
    return this.#refuse(trouble) ?? this.#take(request, trouble);
  }

  #refuse(trouble: Trouble | undefined): SimulatedAnswer | null {
    const deliver = (response: SimulatedAnswer['response']) => ({ response, delayMs: 0, fault: null });
    switch (trouble) {
      case 'unreachable':
        return { ...deliver(buildAnswer(200, '')), fault: 'hang_up' };
      case 'error_page':
        return deliver(buildAnswer(503, '<html>Service Unavailable</html>', HTML));
      case 'error_with_200':
        return deliver(buildAnswer(200, this.#options.errors.hidden));
      case 'wrong_type':
        return deliver(buildAnswer(200, '<html>Welcome</html>', HTML));
      case 'rate_limit':
        return deliver(
          buildAnswer(429, this.#options.errors.tooFast, { 'retry-after': String(RETRY_AFTER_S) }),
        );
      default:
        return null;
    }
  }

  #take(request: HttpRequest, trouble: Trouble | undefined): SimulatedAnswer {
    const answer = this.#options.inner.answer(request);
    if (answer.response.status >= 300) return answer;
    const isDoubtful = trouble !== undefined && trouble !== 'slow';
    for (const id of this.#options.readEventIds(request)) {
      this.#takes.set(id, [...(this.#takes.get(id) ?? []), { at: Date.now(), isDoubtful }]);
    }
    if (trouble === 'slow') return { ...answer, delayMs: SLOW_MS };
    if (trouble === 'hung') return { ...answer, delayMs: HUNG_MS };
    if (trouble === 'hang_up' || trouble === 'truncated' || trouble === 'endless')
      return { ...answer, fault: trouble };
    return answer;
  }
}

const HTML = { 'content-type': 'text/html' };
