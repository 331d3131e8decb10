import type { HttpResponse } from '../domain/http-message.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Outbound } from '../io/outbound.ts';
import type { OpenedDestination, PlatformEvent } from '../platforms/platform.ts';
import type { ClaimedDelivery } from './claim.ts';
import type { KnownConversion } from './find-conversions.ts';
import { scrub } from './scrub.ts';

/** A claimed delivery with its event, ready to be sent. */
export interface ReadyDelivery extends ClaimedDelivery {
  readonly conversion: KnownConversion;
  readonly event: PlatformEvent;
}

/** One request and what its answer means for each event, in their order. */
export interface Attempt {
  readonly outcomes: readonly Outcome[];
  /** The answer is about the request as a whole: nothing is known of the single event. */
  readonly isWhole: boolean;
  /** Null when there was no answer. Without secrets. */
  readonly response: HttpResponse | null;
  readonly durationMs: number;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Sends events in one request and reads the answer; never rejects. */
export async function attemptDelivery(
  events: readonly PlatformEvent[],
  tools: {
    readonly opened: OpenedDestination;
    readonly outbound: Outbound;
    readonly secrets: readonly string[];
  },
): Promise<Attempt> {
  const { opened, outbound, secrets } = tools;
  const request = opened.buildRequest(events);
  const result = await outbound.send(request, { timeoutMs: REQUEST_TIMEOUT_MS, trust: 'vendor' });
  const { durationMs } = result;
  if (result.kind === 'failure') {
    const outcome: Outcome = { kind: 'retry', reason: result.detail, retryAfterMs: null, scope: 'request' };
    return { outcomes: events.map(() => outcome), isWhole: true, response: null, durationMs };
  }
  const response = { ...result.response, body: scrub(result.response.body, secrets) };
  const answer = opened.readResponse(response, events.length);
  if (answer.scope === 'all') {
    return { outcomes: events.map(() => answer.outcome), isWhole: true, response, durationMs };
  }
  const outcomes = events.map((_event, index) => answer.outcomes[index] ?? UNANSWERED);
  return { outcomes, isWhole: false, response, durationMs };
}

const UNANSWERED: Outcome = {
  kind: 'retry',
  reason: 'the answer does not mention this event',
  retryAfterMs: null,
  scope: 'request',
};

/** Parts of at most `maxEvents` events and about `maxBytes` bytes; an event larger than that goes by itself. */
export function splitByLimits(
  deliveries: readonly ReadyDelivery[],
  limits: { readonly maxEvents: number; readonly maxBytes: number },
): ReadyDelivery[][] {
  const parts: ReadyDelivery[][] = [];
  let size = 0;
  for (const delivery of deliveries) {
    const bytes = Buffer.byteLength(JSON.stringify(delivery.event)) + 1;
    const part = parts.at(-1);
    if (part && part.length < limits.maxEvents && size + bytes <= limits.maxBytes) {
      part.push(delivery);
      size += bytes;
    } else {
      parts.push([delivery]);
      size = bytes;
    }
  }
  return parts;
}

/** The two halves of a refused batch: halving finds one bad event among a thousand in some twenty requests. */
export function halve<T>(items: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
