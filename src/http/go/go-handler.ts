import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Admission, Admissions } from '../../capture/admission.ts';
import { buildClickFact, buildFreshFbc } from '../../capture/click-fact.ts';
import type { DatacenterQuestion, GeoCountry } from '../../capture/gate.ts';
import { readVisit, type Visit } from '../../capture/visit.ts';
import type { VisitExchange } from '../../capture/visit-exchange.ts';
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
  /** Told of each click as soon as it is in the log, before the answer; must not wait or throw. */
  readonly onCaptured: (fact: ClickFact) => void;
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
  readonly visits?: VisitExchange | null;
  /** Whether the simulators are here; without them the demonstration's pool does not exist. */
  readonly hasSimulators?: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes the handler of `/go/:slug` for raw requests whose path begins with `/go/`. It never throws. */
export function createGoHandler(options: GoOptions): Handler {
  const route = new GoRoute(options);
  return (request, response) => {
    route.answer(request, response).catch((error: unknown) => {
      options.logger.error({ err: error }, 'a click could not be answered');
      route.answers.broken(response);
    });
  };
}

interface Exchange {
  readonly pool: EdgePool;
  readonly visit: Visit;
  readonly response: ServerResponse;
  readonly ip: string | null;
  readonly at: number;
}

class GoRoute {
  readonly #options: GoOptions;
  readonly #admissions: Admissions;
  readonly answers: GoAnswers;

  constructor(options: GoOptions) {
    this.#options = options;
    this.#admissions = new Admissions(options);
    this.answers = new GoAnswers(options);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const visit = readVisit(request);
    const pool = this.#options.registry.poolBySlug(visit.slug);
    if (!pool?.isActive || (pool.isDemo && !this.#options.hasSimulators))
      return this.answers.notice(response, { status: 404, visit });
    if (request.method !== 'GET' && !visit.isHead)
      return this.answers.notice(response, { status: 405, visit });
    const at = this.#options.clock.now();
    const ip = this.#options.clientIp(request);
    const admission = this.#admissions.admit(pool, { visit, ip, at });
    const exchange: Exchange = { pool, visit, response, ip, at };
    if (admission.kind === 'click') return this.#answerClick(exchange, admission.bot);
    return this.#answerUncounted(exchange, admission);
  }

  async #answerClick(exchange: Exchange, bot: PoolBot): Promise<void> {
    const { pool, visit, response, ip, at } = exchange;
    const { publicUrl, log, onCaptured, metrics } = this.#options;
    const mode = hasBridge(pool) ? 'bridge' : 'direct';
    const consent = readFirstConsent(pool, visit.headers['sec-gpc'] === '1');
    const token = buildTrackingToken();
    const fact = buildClickFact({ pool, bot, visit, ip, at, token, mode, consent, publicUrl });
    // Whatever became of it (the log counts what a full disk loses), the person goes on.
    await log.append(JSON.stringify(fact));
    onCaptured(fact);
    metrics.clicks.inc({ outcome: mode });
    const freshFbc = consent === 'granted' ? buildFreshFbc(visit, fact) : null;
    this.answers.served(response, { pool, visit, bot, kind: 'click', fact, freshFbc });
  }

  async #answerUncounted(
    exchange: Exchange,
    admission: Exclude<Admission, { kind: 'click' }>,
  ): Promise<void> {
    const { pool, visit, response, at } = exchange;
    const { reason } = admission;
    const { workspaceId, poolId } = pool;
    const fact: UncountedFact = { kind: 'uncounted', at, workspaceId, poolId, reason };
    await this.#options.log.append(JSON.stringify(fact));
    this.#options.metrics.clicks.inc({ outcome: reason });
    if (admission.kind === 'shown') {
      const kind: BridgeKind = reason === 'prefetch' ? 'ahead' : 'crawler';
      return this.answers.served(response, {
        pool,
        visit,
        bot: admission.bot,
        kind,
        fact: null,
        freshFbc: null,
      });
    }
    if (admission.kind === 'refused') return this.answers.notice(response, { status: 403, visit });
    if (admission.kind === 'no_bot') return this.answers.notice(response, { status: 503, visit });
    this.answers.notice(response, { status: 429, visit, retryAfterSeconds: admission.retryAfterSeconds });
  }
}
