import type { UncountedReason } from '../domain/facts.ts';
import type { Clock } from '../io/clock.ts';
import type { EdgePool, PoolBot } from '../settings/types.ts';
import { BotChoice } from './bot-choice.ts';
import { countTogether } from './count-together.ts';
import { isKnownCrawler } from './crawlers.ts';
import {
  checkGate,
  type DatacenterQuestion,
  type GateGeo,
  type GateRefusal,
  type GeoCountry,
} from './gate.ts';
import type { LimitExchange } from './limit-exchange.ts';
import { RateLimit } from './rate-limit.ts';
import { isFetchedAhead, type Visit } from './visit.ts';

/** Why a visit is served without being a click. */
export type ShownReason = Extract<UncountedReason, 'head' | 'prefetch' | 'crawler'>;

/** What becomes of a visit of a pool. */
export type Admission =
  | { readonly kind: 'click'; readonly bot: PoolBot }
  | { readonly kind: 'shown'; readonly reason: ShownReason; readonly bot: PoolBot }
  | { readonly kind: 'refused'; readonly reason: GateRefusal }
  | { readonly kind: 'limited'; readonly reason: 'rate_limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'no_bot'; readonly reason: 'no_bot' };

/** What admission needs to know of the machine. */
export interface AdmissionOptions {
  /** Clicks an hour an IP, unless the pool has its own number; 0 = none. */
  readonly goRateLimit: number;
  readonly geoCountry: GeoCountry | null;
  /** Absent where there is no geo data, as `geoCountry` is null. */
  readonly isDatacenter?: DatacenterQuestion;
  /** Absent or null where no other process serves the same port. */
  readonly limits?: LimitExchange | null;
  readonly clock: Clock;
}

/** A visit with who sent it and when. */
export interface Arrival {
  readonly visit: Visit;
  readonly ip: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** The part of an hour's allowance that the gate lets through within one minute. */
const BURST_SHARE = 10;

/** Decides on visits, one after another; keeps only counters and turns, in memory. */
export class Admissions {
  readonly #options: AdmissionOptions;
  readonly #hourly: RateLimit;
  readonly #bursts: RateLimit;
  readonly #choice = new BotChoice();
  readonly #geo: GateGeo;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    const exchange = options.limits ?? null;
    const reports = exchange !== null;
    this.#hourly = new RateLimit({ windowMs: HOUR_MS, reports });
    this.#bursts = new RateLimit({ windowMs: MINUTE_MS, reports });
    if (exchange)
      countTogether({ go_hourly: this.#hourly, go_bursts: this.#bursts }, { exchange, clock: options.clock });
    this.#geo = { country: options.geoCountry, isDatacenter: options.isDatacenter ?? null };
  }

  /** Decides on one visit; a click takes its bot's turn. */
  admit(pool: EdgePool, arrival: Arrival): Admission {
    const { visit, ip, at } = arrival;
    const limit = pool.rateLimit ?? this.#options.goRateLimit;
    const key = rateKey(pool, ip);
    const rate = this.#hourly.take(key, { limit, at });
    if (rate.kind === 'refused') return { ...rate, kind: 'limited', reason: 'rate_limit' };
    const isCrawler = visit.userAgent !== null && isKnownCrawler(visit.userAgent);
    const refusal = this.#askGate(pool, { arrival, isCrawler, burst: { key, limit } });
    if (refusal !== null) return { kind: 'refused', reason: refusal };
    const shown = readShownReason(visit, isCrawler);
    const bot = shown === null ? this.#choice.choose(pool) : this.#choice.peek(pool);
    if (bot === null) return { kind: 'no_bot', reason: 'no_bot' };
    return shown === null ? { kind: 'click', bot } : { kind: 'shown', reason: shown, bot };
  }

  #askGate(
    pool: EdgePool,
    {
      arrival: { visit, ip, at },
      isCrawler,
      burst,
    }: { arrival: Arrival; isCrawler: boolean; burst: { key: string; limit: number } },
  ): GateRefusal | null {
    if (pool.gate === null) return null;
    const { query, userAgent } = visit;
    const refusal = checkGate(pool.gate, { query, userAgent, ip, isCrawler }, this.#geo);
    if (refusal !== null || isCrawler) return refusal;
    const taken = this.#bursts.take(burst.key, { limit: Math.ceil(burst.limit / BURST_SHARE), at });
    return taken.kind === 'refused' ? 'gate_rate' : null;
  }
}

/** All pools share an address's allowance, but a pool with a number of its own counts by itself. */
function rateKey(pool: EdgePool, ip: string | null): string {
  const address = ip === null ? '' : networkOf(ip);
  return pool.rateLimit === null ? address : `${pool.poolId} ${address}`;
}

/** A person's IPv6 addresses change within their /64; IPv4 stays as it is. */
function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return all.slice(0, 4).join(':');
}

function readShownReason(visit: Visit, isCrawler: boolean): ShownReason | null {
  if (visit.isHead) return 'head';
  if (isFetchedAhead(visit.headers)) return 'prefetch';
  return isCrawler ? 'crawler' : null;
}
