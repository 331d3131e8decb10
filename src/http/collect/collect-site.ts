import type { IncomingMessage } from 'node:http';
import { MAX_LANGUAGE, readHints } from '../../capture/click-fact.ts';
import type { CollectFrame } from '../../capture/collect-fact.ts';
import { countTogether } from '../../capture/count-together.ts';
import type { LimitExchange } from '../../capture/limit-exchange.ts';
import { RateLimit, type RateVerdict } from '../../capture/rate-limit.ts';
import { cut } from '../../capture/visit.ts';
import type { Choice } from '../../domain/collect.ts';
import type { CollectFact } from '../../domain/facts.ts';
import type { Clock } from '../../io/clock.ts';
import type { LogWriter } from '../../log/log-writer.ts';
import type { Registry } from '../../settings/types.ts';
import type { ClientIpReader } from '../client-ip.ts';
import type { Metrics } from '../metrics.ts';

/** What the two routes need; nothing in it waits for the network. */
export interface CollectOptions {
  readonly registry: Pick<Registry, 'domain' | 'isSiteOrigin' | 'workspace'>;
  readonly log: Pick<LogWriter, 'append'>;
  readonly clientIp: ClientIpReader;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'collected'>;
  /** Where sites post to: browsers tell more over https. */
  readonly publicUrl: string;
  /** Clicks an hour an IP; a site's requests may be a hundred times as many; 0 = no limit at all. */
  readonly goRateLimit: number;
  /** Absent or null where no other process serves the same port. */
  readonly limits?: LimitExchange | null;
}

/** A request whose domain is known and whose origin is the domain's, or that has none. */
export interface Exchange {
  readonly kind: 'open';
  readonly frame: CollectFrame;
  readonly origins: readonly string[];
  readonly defaultConsent: Choice;
}

/** Why a request goes no further. */
type Closed = { readonly kind: 'unknown' } | { readonly kind: 'foreign' };

const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;
const BATCHES_A_CLICK = 100;
/** A person fills in a form a few times; an office behind one address a few more. */
const FORMS_A_TEN_MINUTES = 30;
/** A site's own server sends its leads from one address. */
const LEADS_A_TEN_MINUTES = 3000;
const MAX_USER_AGENT = 1024;

/** What both routes know of sites: who may send, how much, and where it is recorded. */
export class CollectSite {
  readonly #options: CollectOptions;
  readonly #hourly: RateLimit;
  readonly #forms: RateLimit;
  readonly #leads: RateLimit;

  constructor(options: CollectOptions) {
    this.#options = options;
    const { limits: exchange = null, clock } = options;
    const reports = exchange !== null;
    this.#hourly = new RateLimit({ windowMs: HOUR_MS, reports });
    this.#forms = new RateLimit({ windowMs: TEN_MINUTES_MS, reports });
    this.#leads = new RateLimit({ windowMs: TEN_MINUTES_MS, reports });
    const limits = { collect_hourly: this.#hourly, collect_forms: this.#forms, collect_leads: this.#leads };
    if (exchange) countTogether(limits, { exchange, clock });
  }

  readonly isSiteOrigin = (origin: string): boolean => this.#options.registry.isSiteOrigin(origin);

  /** Finds the domain and asks whether the request may speak for it. */
  open(request: IncomingMessage, domainId: string): Exchange | Closed {
    const { registry, clock, clientIp } = this.#options;
    const domain = registry.domain(domainId);
    if (!domain?.isActive) return { kind: 'unknown' };
    const { origin } = request.headers;
    if (origin !== undefined && !domain.origins.includes(origin)) return { kind: 'foreign' };
    return {
      kind: 'open',
      frame: {
        at: clock.now(),
        workspaceId: domain.workspaceId,
        domainId: domain.domainId,
        ip: clientIp(request),
        userAgent: cut(request.headers['user-agent'], MAX_USER_AGENT),
        ...this.#readSigns(request),
      },
      origins: domain.origins,
      defaultConsent: registry.workspace(domain.workspaceId)?.defaultConsent ?? 'denied',
    };
  }

  /** What tells a person's browser from a program; a site's own server that brings a lead is no program of that kind. */
  #readSigns({ headers, url }: IncomingMessage): Pick<CollectFrame, 'language' | 'hints' | 'isSecure'> {
    const isServer = headers.origin === undefined && headers['accept-language'] === undefined;
    if (isServer && url?.startsWith('/api/leads')) return {};
    return {
      language: cut(headers['accept-language'], MAX_LANGUAGE),
      hints: readHints(headers),
      isSecure: this.#options.publicUrl.startsWith('https:'),
    };
  }

  /** Counts one batch of an address and a domain. */
  takeBatch({ frame }: Exchange): RateVerdict {
    const limit = this.#options.goRateLimit * BATCHES_A_CLICK;
    return this.#hourly.take(`${frame.domainId} ${frame.ip ?? ''}`, { limit, at: frame.at });
  }

  /** Counts one lead of an address and a domain. */
  takeLead({ frame }: Exchange, isForm: boolean): RateVerdict {
    const [limits, most] = isForm ? [this.#forms, FORMS_A_TEN_MINUTES] : [this.#leads, LEADS_A_TEN_MINUTES];
    const limit = this.#options.goRateLimit === 0 ? 0 : most;
    return limits.take(`${frame.domainId} ${frame.ip ?? ''}`, { limit, at: frame.at });
  }

  /** False if neither disk nor memory took it. */
  async record(fact: CollectFact): Promise<boolean> {
    return (await this.#options.log.append(JSON.stringify(fact))).kind !== 'lost';
  }

  count({ accepted, rejected }: { readonly accepted: number; readonly rejected: number }): void {
    if (accepted > 0) this.#options.metrics.collected.inc({ outcome: 'accepted' }, accepted);
    if (rejected > 0) this.#options.metrics.collected.inc({ outcome: 'rejected' }, rejected);
  }
}
