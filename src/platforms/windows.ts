import type { Conversion } from '../domain/conversion.ts';

const DAY_MS = 86_400_000;

/** A number of days in ms. */
export const days = (count: number): number => count * DAY_MS;

/** The times within which a platform takes a conversion and attributes it. */
export interface Windows {
  /** So long the platform takes it, in ms, counted from the event or from the click before it. */
  readonly acceptanceMs: number;
  readonly acceptanceFrom: 'event' | 'click';
  /** So long after the click a conversion may happen and still belong to it, in ms; null = no limit. */
  readonly lookbackMs: number | null;
}

/** When something happened and from which visit. */
export type Timed = Pick<Conversion, 'occurredAt' | 'clickedAt'>;

/** The moment after which the platform takes the conversion no longer. */
export function buildDeadline({ occurredAt, clickedAt }: Timed, windows: Windows): Date {
  const start = windows.acceptanceFrom === 'click' ? (clickedAt ?? occurredAt) : occurredAt;
  return new Date(start.getTime() + windows.acceptanceMs);
}

/** Why a conversion is outside its windows at `now` (ms), in words that begin with `out of window`; null if it is not. */
export function findLapse(timed: Timed, windows: Windows, now: number): string | null {
  const { occurredAt, clickedAt } = timed;
  const { lookbackMs } = windows;
  const fromClick = clickedAt === null ? 0 : occurredAt.getTime() - clickedAt.getTime();
  if (lookbackMs !== null && fromClick > lookbackMs) {
    return `out of window: it happened ${inDays(fromClick)} days after the visit, this destination looks back ${inDays(lookbackMs)}`;
  }
  if (buildDeadline(timed, windows).getTime() > now) return null;
  const what = windows.acceptanceFrom === 'click' && clickedAt !== null ? 'visits' : 'events';
  return `out of window: too old, the platform takes ${what} of the last ${inDays(windows.acceptanceMs)} days`;
}

const inDays = (ms: number): number => Math.round(ms / DAY_MS);
