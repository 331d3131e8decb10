import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';

/** An answer, and what is to go wrong on its way, if anything. */
export interface SimulatedAnswer {
  readonly response: HttpResponse;
  readonly delayMs: number;
  readonly fault: 'hang_up' | 'truncated' | 'endless' | null;
}

/** How a simulator answers one request, when it is not to answer by its rules. */
export type VendorBehaviour =
  /** This answer, whatever was asked. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** By the rules, after a while. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes the events, and the connection breaks before or within the answer. */
  | { readonly kind: 'hang_up' | 'truncated' };

/** An event as it came, with the request that carried it. */
export interface TakenEvent {
  readonly eventId: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** The body of its request. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** When it came, ms since the epoch. */
  readonly at: number;
}

/** What a vendor's rules see of the simulator. */
export interface VendorBench {
  now(): number;
  isRevoked(token: string): boolean;
  isRefused(eventId: string): boolean;
  take(taken: Omit<TakenEvent, 'at'>): void;
}

/** A vendor's rules: what it answers to a request; they take events through the bench. */
export type VendorRules = (request: HttpRequest, bench: VendorBench) => HttpResponse;

const MOST_KEPT = 5_000;

/** A vendor on our own machine: its own rules, or for a while what a script says. */
export class VendorSimulator {
  readonly #rules: VendorRules;
  readonly #now: () => number;
  readonly #revoked = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #taken: TakenEvent[] = [];
  readonly #requests: HttpRequest[] = [];
  #script: VendorBehaviour[] = [];
  #isDown = false;

  constructor({ now, rules }: { readonly now: () => number; readonly rules: VendorRules }) {
    this.#now = now;
    this.#rules = rules;
  }

  /** Queues behaviours for the next requests, one each; after them the rules are back. */
  behave(...behaviours: readonly VendorBehaviour[]): void {
    this.#script.push(...behaviours);
  }

  /** Answers 503 to everything from now on, or no longer. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
  }

  /** Makes a token wrong from now on, or right again. */
  revokeToken(token: string, isRevoked: boolean): void {
    if (isRevoked) this.#revoked.add(token);
    else this.#revoked.delete(token);
  }

  /** Makes an event one that only the vendor can see is wrong. */
  refuseEvent(eventId: string): void {
    this.#refused.add(eventId);
  }

  /** Forgets everything received and every behaviour that is still queued. */
  reset(): void {
    this.#script = [];
    this.#isDown = false;
    this.#taken.length = 0;
    this.#requests.length = 0;
    this.#refused.clear();
    this.#revoked.clear();
  }

  /** Every event taken, repetitions included, oldest first; the last 5,000. */
  get taken(): readonly TakenEvent[] {
    return this.#taken;
  }

  /** Every request, oldest first; the last 5,000. */
  get requests(): readonly HttpRequest[] {
    return this.#requests;
  }

  /** How often an event was taken. */
  timesTaken(eventId: string): number {
    return this.#taken.filter((taken) => taken.eventId === eventId).length;
  }

  /** Answers one request. */
  answer(request: HttpRequest): SimulatedAnswer {
    keep(this.#requests, request);
    const behaviour = this.#script.shift();
    if (behaviour?.kind === 'answer') {
      const { status, body, headers } = behaviour;
      return deliver(buildAnswer(status, body, headers));
    }
    if (this.#isDown) return deliver(buildAnswer(503, '<html>Service Unavailable</html>'));
    const answer = deliver(this.#rules(request, this.#buildBench()));
    if (behaviour?.kind === 'slow') return { ...answer, delayMs: behaviour.ms };
    return behaviour ? { ...answer, fault: behaviour.kind } : answer;
  }

  #buildBench(): VendorBench {
    return {
      now: this.#now,
      isRevoked: (token) => this.#revoked.has(token),
      isRefused: (eventId) => this.#refused.has(eventId),
      take: (taken) => keep(this.#taken, { ...taken, at: this.#now() }),
    };
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  list.splice(0, Math.max(0, list.length - MOST_KEPT));
}

const deliver = (response: HttpResponse): SimulatedAnswer => ({ response, delayMs: 0, fault: null });

/** An answer: text as it is, everything else as JSON. */
export function buildAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

/** The token after `Bearer `; empty if there is none. */
export const readBearer = (request: HttpRequest): string =>
  /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

/** An object's fields; none where it is no object. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** The objects of a list; none where it is no list. */
export const asObjects = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(asObject) : [];
