import type { Kysely } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import { buildId } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Database } from '../io/database.gen.ts';
import type { OpenedDestination, Platform } from '../platforms/platform.ts';
import type { Destination } from '../settings/types.ts';
import {
  type Attempt,
  attemptDelivery,
  attemptStatus,
  halve,
  type ReadyDelivery,
  splitByLimits,
} from './attempt.ts';
import { buildDeliveries } from './build-deliveries.ts';
import { type ClaimedDelivery, claimDeliveries, releaseClaim, renewClaim } from './claim.ts';
import { hastenDeliveries, type Lane, recordFailure, recordSuccess } from './destination-states.ts';
import { findConversions } from './find-conversions.ts';
import type { LaneTools } from './lane-tools.ts';
import { pause } from './pause.ts';
import { listSecrets } from './scrub.ts';
import { isSettled, settleRequest } from './settle.ts';
import { settleSkipped } from './settle-skipped.ts';
import { untilStored } from './until-stored.ts';
import { readVerdict } from './verdict.ts';

/** How long a claim holds. */
export const LEASE_MS = 60_000;

/** Waits of a destination that gives no usable answer: short, so that its return is soon noticed. */
const DESTINATION_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** Waits of a destination that has said that we are too fast. */
const RATE_BACKOFF = { baseMs: 10_000, maxMs: 15 * 60_000 };

/** How soon a delivery that came before its click or visit is looked at again. */
const EARLY_LOOK_MS = 300;

/** How soon one that happens later than now is looked at again. */
const FUTURE_LOOK_MS = 60_000;

/** So many useless answers in a row are an outage, not a bad event: four let two bad events be told apart. */
const MOST_FAILED_IN_ROW = 4;

/** From so many failures in a row an outage is assumed, and its end frees all that waited. */
const OUTAGE_FAILURES = 3;

/** A platform that takes one event a request is still worked off by more than one a round. */
const LEAST_CLAIMED = 50;

/** One destination at one moment. */
export interface RoundOptions {
  readonly lane: Lane;
  readonly tools: LaneTools;
  readonly destination: Destination;
  readonly platform: Platform;
  readonly opened: OpenedDestination;
  readonly startedAt: Date;
}

/** A request to be made: events to send, or the question after those of an earlier one. */
interface Part {
  readonly requestId: string | null;
  readonly deliveries: readonly ReadyDelivery[];
}

/** One claim on its way through the requests that it takes. */
export class LaneRound {
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

  /** Works the claim off; returns how many deliveries it dealt with. */
  async run(): Promise<number> {
    const claimed = await this.#claim();
    const parts = await this.#build(claimed);
    let isFirst = true;
    for (let part = parts.shift(); part; part = parts.shift()) {
      if (!isFirst) await renewClaim(this.#db, { claimId: this.#claimId, until: this.#leaseEnd() });
      isFirst = false;
      const next = await this.#send(part);
      // At the end, so that the other half is tried before a half is halved: it tells an outage from a bad event.
      if (next === 'split') parts.push(...splitPart(part));
      if (next === 'stop') {
        await this.#release(parts.flatMap((rest) => rest.deliveries));
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
    const usual = Math.max(platform.limits.maxEvents, LEAST_CLAIMED);
    const most = Math.max(1, Math.floor(usual / 2 ** Math.min(lane.failures, 30)));
    return claimDeliveries(this.#db, {
      destinationId: lane.destinationId,
      claimId: this.#claimId,
      now: this.#now(),
      until: this.#leaseEnd(),
      limit: lane.isPaused ? 1 : most,
    });
  }

  #release(deliveries: readonly ReadyDelivery[]): Promise<void> {
    const deliveryIds = deliveries.map((delivery) => delivery.deliveryId);
    return releaseClaim(this.#db, { deliveryIds, claimId: this.#claimId, at: this.#now() });
  }

  /** What is to be asked goes first: it has been under way longest. */
  async #build(claimed: readonly ClaimedDelivery[]): Promise<Part[]> {
    const { tools, platform, opened, destination } = this.#options;
    const ids = claimed.map((delivery) => delivery.conversionId);
    const conversions = await findConversions(tools, ids);
    const at = this.#now();
    const now = at.getTime();
    const built = buildDeliveries(claimed, { conversions, platform, opened, destination, now });
    const { skipped, early, future } = built;
    const claimId = this.#claimId;
    if (skipped.length > 0) {
      await this.#db.transaction().execute((tx) => settleSkipped(tx, { claimId, skipped, at }));
    }
    await releaseClaim(this.#db, { deliveryIds: early, claimId, at: new Date(now + EARLY_LOOK_MS) });
    await releaseClaim(this.#db, { deliveryIds: future, claimId, at: new Date(now + FUTURE_LOOK_MS) });
    const open = [...built.open].map(([requestId, deliveries]) => ({ requestId, deliveries }));
    const parts = splitByLimits(built.ready, platform.limits);
    return [...open, ...parts.map((deliveries) => ({ requestId: null, deliveries }))];
  }

  async #attempt({ requestId, deliveries }: Part): Promise<Attempt> {
    const { tools, opened, destination } = this.#options;
    const { outbound, tokens } = tools;
    const using = { opened, outbound, tokens, owner: destination, secrets: this.#secrets };
    if (requestId !== null) return attemptStatus({ requestId, count: deliveries.length }, using);
    const events = deliveries.map((delivery) => delivery.event);
    return attemptDelivery(events, using);
  }

  async #send(part: Part): Promise<'next' | 'split' | 'stop'> {
    const { destination, platform } = this.#options;
    const attempt = await this.#attempt(part);
    const verdict = readVerdict(attempt.outcomes);
    const next = part.requestId === null ? this.#decide(attempt, verdict) : decideAsked(verdict);
    const settled = {
      claimId: this.#claimId,
      destinationId: destination.destinationId,
      platform: platform.id,
      deliveries: part.deliveries,
      attempt,
      isSplit: next === 'split',
      redact: platform.redact,
      batchId: buildId(),
      at: this.#now(),
    };
    const recordState = this.#noteState(verdict, part.deliveries[0]?.attempts ?? 0);
    const store = (isAgain: boolean) =>
      this.#db.transaction().execute(async (db) => {
        if (isAgain && (await isSettled(db, settled))) return;
        await settleRequest(db, settled);
        await recordState(db);
      });
    await untilStored(store, this.#options.tools.stopping);
    if (verdict.kind === 'unauthorized') await this.#pauseUnlessChanged(verdict.reason);
    return next;
  }

  /**
   * What to do after a request. A refused batch is split. So is one whose answer is of no use for the second time:
   * one bad event may be what breaks it. Several such answers in a row are an outage.
   */
  #decide({ isWhole, response, outcomes }: Attempt, verdict: Outcome): 'next' | 'split' | 'stop' {
    const splittable = isWhole && outcomes.length > 1;
    if (verdict.kind === 'delivered' || verdict.kind === 'accepted') return 'next';
    if (verdict.kind === 'rejected') return splittable ? 'split' : 'next';
    if (verdict.kind === 'unauthorized' || verdict.scope === 'destination' || !response) return 'stop';
    const isSuspicious = this.#failures > 0 || this.#isSplitting;
    if (!isSuspicious || this.#failedInRow + 1 >= MOST_FAILED_IN_ROW) return 'stop';
    if (splittable) this.#isSplitting = true;
    return splittable ? 'split' : 'next';
  }

  /**
   * Notes what an answer says of the destination, and returns what the database is to know of it. A refused event
   * proves that the destination works as much as a taken one does.
   */
  #noteState(verdict: Outcome, attempts: number): (db: Kysely<Database>) => Promise<void> {
    const { destinationId } = this.#options.destination;
    const at = this.#now();
    if (verdict.kind === 'unauthorized') return async () => undefined;
    if (verdict.kind === 'retry') {
      const isRate = verdict.scope === 'destination';
      const failures = isRate ? this.#failures : this.#failures + 1;
      const wait = isRate
        ? (verdict.retryAfterMs ?? backoffMs(RATE_BACKOFF, attempts + 1))
        : backoffMs(DESTINATION_BACKOFF, failures);
      this.#failures = failures;
      this.#failedInRow += 1;
      const slowUntil = new Date(at.getTime() + wait);
      return (db) => recordFailure(db, { destinationId, at, reason: verdict.reason, failures, slowUntil });
    }
    const isBack = this.#isPaused || this.#failures >= OUTAGE_FAILURES;
    this.#failures = 0;
    this.#failedInRow = 0;
    this.#isPaused = false;
    return async (db) => {
      await recordSuccess(db, { destinationId, at });
      if (isBack) await hastenDeliveries(db, { destinationId, at });
    };
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

/** A question cannot be split; one without a usable answer is asked again later, and others need not be tried now. */
const decideAsked = (verdict: Outcome): 'next' | 'stop' =>
  verdict.kind === 'retry' || verdict.kind === 'unauthorized' ? 'stop' : 'next';

const splitPart = ({ deliveries }: Part): Part[] =>
  halve(deliveries.map(countAttempt)).map((half) => ({ requestId: null, deliveries: half }));

const countAttempt = (delivery: ReadyDelivery): ReadyDelivery => ({
  ...delivery,
  attempts: delivery.attempts + 1,
});
