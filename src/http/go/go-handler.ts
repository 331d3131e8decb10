import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Admission, Admissions } from '../../capture/admission.ts';
import { buildClickFact, buildFreshFbc } from '../../capture/click-fact.ts';
import type { DatacenterQuestion, GeoCountry } from '../../capture/gate.ts';
import type { LimitExchange } from '../../capture/limit-exchange.ts';
import { readVisit, type Visit } from '../../capture/visit.ts';
import { readFirstConsent } from '../../domain/consent.ts';
import type { ClickFact, UncountedFact } from '../../domain/facts.ts';
import { buildTrackingToken } from '../../domain/ids.ts';
import type { Clock } from '../../io/clock.ts';
import type { Logger } from '../../io/logger.ts';
import type { LogWriter } from '../../log/log-writer.ts';
import type { EdgePool, PoolBot, Registry } from '../../settings/types.ts';
import type { ClientIpReader } from '../client-ip.ts';
import type { Metrics } from '../metrics.ts';
import { type BridgeKind, hasBridge } from './bridge-page.ts';
import { GoAnswers } from './go-answers.ts';

/** What the click route needs; nothing in it waits for the network. */
export interface GoOptions {
  readonly registry: Pick<Registry, 'poolBySlug'>;
  readonly log: Pick<LogWriter, 'append'>;
  /** Told of each click and its record as soon as it is in the log, before the answer; must not wait or throw. */
  readonly onCaptured: (fact: ClickFact, json: string) => void;
  readonly clientIp: ClientIpReader;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
  readonly metrics: Pick<Metrics, 'clicks'>;
  /** No trailing slash. */
  readonly publicUrl: string;
  /** Clicks an hour an IP, unless the pool has its own number; 0 = none. */
  readonly goRateLimit: number;
  /** Null while there is no geo data: the gate's country rule then refuses nobody. */
  readonly geoCountry: GeoCountry | null;
  /** Absent where there is no geo data: the gate's data-centre rule then refuses nobody. */
  readonly isDatacenter?: DatacenterQuestion;
  /** Absent or null where no other process serves the same port. */
  readonly limits?: LimitExchange | null;
  /** Whether the simulators are here; without them the demonstration's pool does not exist. */
  readonly hasSimulators?: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes the handler of `/go/:slug` for raw requests whose path begins with `/go/`. It never throws. */
export function createGoHandler(options: GoOptions): Handler {
  const route = new GoRoute(options);
  return (request, response) => route.answer(request, response);
}

interface Exchange {
  readonly pool: EdgePool;
  readonly visit: Visit;
  readonly response: ServerResponse;
  readonly ip: string | null;
  readonly at: number;
}

type Uncounted = Exclude<Admission, { kind: 'click' }>;

// Plain calls and one callback a record: async functions here took 1 µs more of each click.
class GoRoute {
  readonly #options: GoOptions;
  readonly #admissions: Admissions;
  readonly #answers: GoAnswers;

  constructor(options: GoOptions) {
    this.#options = options;
    this.#admissions = new Admissions(options);
    this.#answers = new GoAnswers(options);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#attempt(response, () => {
      const visit = readVisit(request);
      const pool = this.#options.registry.poolBySlug(visit.slug);
      if (!pool?.isActive || (pool.isDemo && !this.#options.hasSimulators)) {
        this.#answers.notice(response, { status: 404, visit });
      } else if (request.method !== 'GET' && !visit.isHead) {
        this.#answers.notice(response, { status: 405, visit });
      } else {
        const at = this.#options.clock.now();
        this.#admit({ pool, visit, response, ip: this.#options.clientIp(request), at });
      }
    });
  }

  #admit(exchange: Exchange): void {
    const { pool, visit, ip, at } = exchange;
    const admission = this.#admissions.admit(pool, { visit, ip, at });
    if (admission.kind === 'click') this.#answerClick(exchange, admission.bot);
    else this.#answerUncounted(exchange, admission);
  }

  #answerClick(exchange: Exchange, bot: PoolBot): void {
    const { pool, visit, response, ip, at } = exchange;
    const { publicUrl, onCaptured, metrics } = this.#options;
    const mode = hasBridge(pool) ? 'bridge' : 'direct';
    const consent = readFirstConsent(pool, visit.headers['sec-gpc'] === '1');
    const token = buildTrackingToken();
    const fact = buildClickFact({ pool, bot, visit, ip, at, token, mode, consent, publicUrl });
    const json = JSON.stringify(fact);
    this.#record(response, json, () => {
      onCaptured(fact, json);
      metrics.clicks.inc({ outcome: mode });
      const freshFbc = consent === 'granted' ? buildFreshFbc(visit, fact) : null;
      this.#answers.served(response, { pool, visit, bot, kind: 'click', fact, freshFbc });
    });
  }

  #answerUncounted(exchange: Exchange, admission: Uncounted): void {
    const { pool, response, at } = exchange;
    const { workspaceId, poolId } = pool;
    const { reason } = admission;
    const fact: UncountedFact = { kind: 'uncounted', at, workspaceId, poolId, reason };
    this.#record(response, JSON.stringify(fact), () => {
      this.#options.metrics.clicks.inc({ outcome: reason });
      this.#showUncounted(exchange, admission);
    });
  }

  #showUncounted({ pool, visit, response }: Exchange, admission: Uncounted): void {
    if (admission.kind === 'shown') {
      const kind: BridgeKind = admission.reason === 'prefetch' ? 'ahead' : 'crawler';
      const { bot } = admission;
      this.#answers.served(response, { pool, visit, bot, kind, fact: null, freshFbc: null });
    } else if (admission.kind === 'limited') {
      const { retryAfterSeconds } = admission;
      this.#answers.notice(response, { status: 429, visit, retryAfterSeconds });
    } else {
      this.#answers.notice(response, { status: admission.kind === 'refused' ? 403 : 503, visit });
    }
  }

  /** Answers once the log has the record. Whatever became of it (the log counts what a full disk loses), the person goes on. */
  #record(response: ServerResponse, json: string, answer: () => void): void {
    void this.#options.log.append(json).then(() => this.#attempt(response, answer));
  }

  #attempt(response: ServerResponse, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a click could not be answered');
      this.#answers.broken(response);
    }
  }
}
