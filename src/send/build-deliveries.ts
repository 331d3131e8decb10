import { isSkip, type OpenedDestination, type Platform } from '../platforms/platform.ts';
import { findLapse } from '../platforms/windows.ts';
import type { Destination } from '../settings/types.ts';
import type { ReadyDelivery } from './attempt.ts';
import type { ClaimedDelivery } from './claim.ts';
import type { KnownConversion } from './find-conversions.ts';

/** Claimed deliveries by what is to be done with them. */
export interface BuiltDeliveries {
  readonly ready: readonly ReadyDelivery[];
  /** The platform works on them and is asked how far it is, by request. */
  readonly open: ReadonlyMap<string, readonly ReadyDelivery[]>;
  /** What they wait for is not in the tables yet. */
  readonly early: readonly string[];
  /** They happen later than now: a clock was ahead when they were recorded. */
  readonly future: readonly string[];
  readonly skipped: readonly { readonly deliveryId: string; readonly reason: string }[];
}

/** For whom events are built, and when. */
export interface BuildOptions {
  readonly conversions: ReadonlyMap<string, KnownConversion>;
  readonly platform: Platform;
  readonly opened: OpenedDestination;
  readonly destination: Destination;
  /** Ms. */
  readonly now: number;
}

/** A /start can be faster than the drain that stores its click: its event waits for the click's keys, so long at most. */
const CLICK_WAIT_MS = 15 * 60_000;

/** A sale can be told right after its lead, whose visit is in the same drain; many a lead has no visit, though. */
const VISIT_WAIT_MS = 3_000;

/** No platform takes events of a later time than this, ms ahead of now; many take none. */
const FUTURE_TOLERANCE_MS = 60_000;

/** Builds the events of claimed deliveries from what is known of their conversions now. */
export function buildDeliveries(claimed: readonly ClaimedDelivery[], options: BuildOptions): BuiltDeliveries {
  const ready: ReadyDelivery[] = [];
  const open: ReadyDelivery[] = [];
  const early: string[] = [];
  const future: string[] = [];
  const skipped: { deliveryId: string; reason: string }[] = [];
  for (const delivery of claimed) {
    const found = options.conversions.get(delivery.conversionId);
    if (!found) continue; // erased since: its delivery goes with it
    const conversion = { ...found, action: delivery.action };
    if (delivery.requestId !== null) {
      open.push({ ...delivery, conversion, event: { request_id: delivery.requestId } });
    } else if (isEarly(conversion, options.now)) {
      early.push(delivery.deliveryId);
    } else if (conversion.occurredAt.getTime() - options.now > FUTURE_TOLERANCE_MS) {
      future.push(delivery.deliveryId);
    } else {
      const event = buildEvent(conversion, options);
      if (isSkip(event)) skipped.push({ deliveryId: delivery.deliveryId, reason: event.reason });
      else ready.push({ ...delivery, conversion, event });
    }
  }
  const byRequest = Map.groupBy(open, (delivery) => delivery.requestId ?? '');
  return { ready, open: byRequest, early, future, skipped };
}

function isEarly({ missing, storedAt }: KnownConversion, now: number): boolean {
  if (missing === null) return false;
  return now - storedAt.getTime() < (missing === 'click' ? CLICK_WAIT_MS : VISIT_WAIT_MS);
}

/** Consent speaks first: what may not be told is never said to be merely late. */
function buildEvent(conversion: KnownConversion, { platform, opened, destination, now }: BuildOptions) {
  const windows = platform.windows(conversion, destination.settings);
  const lapse = conversion.consent === 'granted' ? findLapse(conversion, windows, now) : null;
  return lapse === null ? opened.buildEvent(conversion, now) : ({ kind: 'skip', reason: lapse } as const);
}
