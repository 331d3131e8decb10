import type { Kysely } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import { buildId } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Outbound } from '../io/outbound.ts';
import { isSkip, type OpenedDestination, type Platform } from '../platforms/platform.ts';
import type { Destination, Registry } from '../settings/types.ts';
import { type Attempt, attemptDelivery, halve, type ReadyDelivery, splitByLimits } from './attempt.ts';
import { type ClaimedDelivery, claimDeliveries, releaseClaim, renewClaim } from './claim.ts';
import {
  hastenDeliveries,
  type Lane,
  pauseDestination,
  recordFailure,
  recordSuccess,
} from './destination-states.ts';
import { findConversions } from './find-conversions.ts';
import { listSecrets } from './scrub.ts';
import { settleRequest } from './settle.ts';
import { settleSkipped } from './settle-skipped.ts';

/** What a lane needs of the program. */
export interface LaneTools {
  readonly db: Kysely<Database>;
  readonly registry: Registry;
  readonly outbound: Outbound;
  readonly findPlatform: (id: string) => Platform | undefined;
  /** Base URL of an outside service by its configuration name, for a workspace; no trailing slash. */
  readonly baseUrl: (name: string, workspaceId: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LEASE_MS = 60_000;
const PROBE_EVERY_MS = 30 * 60_000;

/** Waits of a destination that gives no usable answer: short, so that its return is soon noticed. */
const DESTINATION_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** Waits of a destination that has said that we are too fast. */
const RATE_BACKOFF = { baseMs: 10_000, maxMs: 15 * 60_000 };

/** A /start can be faster than the drain that stores its click: its event waits for the click's keys, so long at most. */
const CLICK_WAIT_MS = 15 * 60_000;
const CLICK_LOOK_MS = 300;

/** So many useless answers in a row are an outage, not a bad event: four let two bad events be told apart. */
const MOST_FAILED_IN_ROW = 4;

/** From so many failures in a row an outage is assumed, and its end frees all that waited. */
const OUTAGE_FAILURES = 3;

/** Makes one round for a destination: claims, builds, sends, settles; returns how many deliveries it dealt with. */
export async function runLane(lane: Lane, tools: LaneTools): Promise<number> {
  // The copy in memory may be older than the change that is to end the pause.
  if (lane.isPaused || !tools.registry.destination(lane.destinationId)) await tools.registry.refresh();
  const destination = tools.registry.destination(lane.destinationId);
  const platform = destination && tools.findPlatform(destination.platform);
  if (!destination || !platform) return 0;
  const startedAt = new Date(tools.clock.now());
  const baseUrl = tools.baseUrl(platform.base, destination.workspaceId);
  const opened = platform.open(destination, baseUrl);
  if (opened.kind === 'misconfigured') {
    await pause({ tools, destination, reason: opened.reason, since: startedAt });
    return 0;
  }
  return new LaneRound({ lane, tools, destination, platform, opened, startedAt }).run();
}

interface PauseCause {
  readonly tools: LaneTools;
  readonly destination: Destination;
  readonly reason: string;
  readonly since: Date;
}

async function pause({ tools, destination, reason, since }: PauseCause): Promise<void> {
  const { destinationId, platform } = destination;
  const nextProbeAt = new Date(tools.clock.now() + PROBE_EVERY_MS);
  await pauseDestination(tools.db, { destinationId, reason, since, nextProbeAt });
  tools.logger.warn({ destinationId, platform, reason }, 'destination paused: its owner must correct it');
}

interface RoundOptions {
  readonly lane: Lane;
  readonly tools: LaneTools;
  readonly destination: Destination;
  readonly platform: Platform;
  readonly opened: OpenedDestination;
  readonly startedAt: Date;
}

/** One claim on its way through the requests that it takes. */
class LaneRound {
  readonly #options: RoundOptions;
  readonly #claimId = buildId();
  readonly #secrets: readonly string[];
  #failures: number;
  #isPaused: boolean;
  /** Requests in a row, in this round, whose answer was of no use. */
  #failedInRow = 0;
  #isSplitting = false;

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#secrets = listSecrets(options.destination.credentials);
    this.#failures = options.lane.failures;
    this.#isPaused = options.lane.isPaused;
  }

  async run(): Promise<number> {
    const claimed = await this.#claim();
    const parts = splitByLimits(await this.#build(claimed), this.#options.platform.limits);
    let isFirst = true;
    for (let part = parts.shift(); part; part = parts.shift()) {
      if (!isFirst) await renewClaim(this.#db, { claimId: this.#claimId, until: this.#leaseEnd() });
      isFirst = false;
      const next = await this.#send(part);
      // At the end, so that the other half is tried before a half is halved: it tells an outage from a bad event.
      if (next === 'split') parts.push(...halve(part.map(countAttempt)));
      if (next === 'stop') {
        const deliveryIds = parts.flat().map((delivery) => delivery.deliveryId);
        await releaseClaim(this.#db, { deliveryIds, claimId: this.#claimId, at: this.#now() });
        break;
      }
    }
    return claimed.length;
  }

  get #db(): Kysely<Database> {
    return this.#options.tools.db;
  }

  #now(): Date {
    return new Date(this.#options.tools.clock.now());
  }

  #leaseEnd(): Date {
    return new Date(this.#options.tools.clock.now() + LEASE_MS);
  }

  /** After failures fewer go at a time: less is sent in vain, and an event that breaks the answer is left alone. */
  #claim(): Promise<ClaimedDelivery[]> {
    const { lane, platform } = this.#options;
    const most = Math.max(1, Math.floor(platform.limits.maxEvents / 2 ** Math.min(lane.failures, 30)));
    return claimDeliveries(this.#db, {
      destinationId: lane.destinationId,
      claimId: this.#claimId,
      now: this.#now(),
      until: this.#leaseEnd(),
      limit: lane.isPaused ? 1 : most,
    });
  }

  async #build(claimed: readonly ClaimedDelivery[]): Promise<ReadyDelivery[]> {
    const conversions = await findConversions(
      this.#db,
      claimed.map((delivery) => delivery.conversionId),
    );
    const ready: ReadyDelivery[] = [];
    const skipped: { deliveryId: string; reason: string }[] = [];
    const early: string[] = [];
    const now = this.#now();
    for (const delivery of claimed) {
      const conversion = conversions.get(delivery.conversionId);
      if (!conversion) continue; // erased since: its delivery goes with it
      if (conversion.isClickMissing && now.getTime() - conversion.storedAt.getTime() < CLICK_WAIT_MS) {
        early.push(delivery.deliveryId);
        continue;
      }
      const event = this.#options.opened.buildEvent(conversion, now.getTime());
      if (isSkip(event)) skipped.push({ deliveryId: delivery.deliveryId, reason: event.reason });
      else ready.push({ ...delivery, conversion, event });
    }
    await settleSkipped(this.#db, { claimId: this.#claimId, skipped, at: now });
    const at = new Date(now.getTime() + CLICK_LOOK_MS);
    await releaseClaim(this.#db, { deliveryIds: early, claimId: this.#claimId, at });
    return ready;
  }

  async #send(part: readonly ReadyDelivery[]): Promise<'next' | 'split' | 'stop'> {
    const { tools, opened, destination, platform } = this.#options;
    const events = part.map((delivery) => delivery.event);
    const attempt = await attemptDelivery(events, {
      opened,
      outbound: tools.outbound,
      secrets: this.#secrets,
    });
    const verdict = readVerdict(attempt);
    const next = this.#decide(attempt, verdict);
    const settled = {
      claimId: this.#claimId,
      destinationId: destination.destinationId,
      platform: platform.id,
      deliveries: part,
      attempt,
      isSplit: next === 'split',
      redact: platform.redact,
      at: this.#now(),
    };
    await this.#db.transaction().execute(async (db) => {
      await settleRequest(db, settled);
      await this.#recordState(db, verdict, part[0]?.attempts ?? 0);
    });
    if (verdict.kind === 'unauthorized') await this.#pauseUnlessChanged(verdict.reason);
    return next;
  }

  /**
   * What to do after a request. A refused batch is split. So is one whose answer is of no use for the second time:
   * one bad event may be what breaks it. Several such answers in a row are an outage.
   */
  #decide({ isWhole, response, outcomes }: Attempt, verdict: Outcome): 'next' | 'split' | 'stop' {
    const splittable = isWhole && outcomes.length > 1;
    if (verdict.kind === 'delivered') return 'next';
    if (verdict.kind === 'rejected') return splittable ? 'split' : 'next';
    if (verdict.kind === 'unauthorized' || verdict.scope === 'destination' || !response) return 'stop';
    const isSuspicious = this.#failures > 0 || this.#isSplitting;
    if (!isSuspicious || this.#failedInRow + 1 >= MOST_FAILED_IN_ROW) return 'stop';
    if (splittable) this.#isSplitting = true;
    return splittable ? 'split' : 'next';
  }

  /** A refused event proves that the destination works as much as a taken one does. */
  async #recordState(db: Kysely<Database>, verdict: Outcome, attempts: number): Promise<void> {
    const { destinationId } = this.#options.destination;
    const at = this.#now();
    if (verdict.kind === 'unauthorized') return;
    if (verdict.kind === 'retry') {
      const isRate = verdict.scope === 'destination';
      const failures = isRate ? this.#failures : this.#failures + 1;
      const wait = isRate
        ? (verdict.retryAfterMs ?? backoffMs(RATE_BACKOFF, attempts + 1))
        : backoffMs(DESTINATION_BACKOFF, failures);
      this.#failures = failures;
      this.#failedInRow += 1;
      const slowUntil = new Date(at.getTime() + wait);
      return recordFailure(db, { destinationId, at, reason: verdict.reason, failures, slowUntil });
    }
    await recordSuccess(db, { destinationId, at });
    if (this.#isPaused || this.#failures >= OUTAGE_FAILURES)
      await hastenDeliveries(db, { destinationId, at });
    this.#failures = 0;
    this.#failedInRow = 0;
    this.#isPaused = false;
  }

  /** Credentials that were corrected while the request was under way are not to blame for its refusal. */
  async #pauseUnlessChanged(reason: string): Promise<void> {
    const { tools, destination, startedAt } = this.#options;
    await tools.registry.refresh();
    const current = tools.registry.destination(destination.destinationId);
    const fingerprint = (it: Destination | undefined) => JSON.stringify([it?.credentials, it?.settings]);
    if (fingerprint(current) !== fingerprint(destination)) return;
    await pause({ tools, destination, reason, since: startedAt });
  }
}

const countAttempt = (delivery: ReadyDelivery): ReadyDelivery => ({
  ...delivery,
  attempts: delivery.attempts + 1,
});

/**
 * What the answer says of the destination: refused credentials wherever they are said; else, of an answer for each
 * event, the best, because one that was taken proves that it works.
 */
function readVerdict({ outcomes }: Attempt): Outcome {
  return outcomes.reduce((verdict, outcome) =>
    WEIGHT[outcome.kind] > WEIGHT[verdict.kind] ? outcome : verdict,
  );
}

const WEIGHT = { unauthorized: 3, delivered: 2, rejected: 1, retry: 0 } as const;
