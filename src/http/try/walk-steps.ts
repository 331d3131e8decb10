import { pageViewEventId, purchaseEventId } from '../../domain/event-ids.ts';
import type { DemoWalk } from '../../reports/demo-walk.ts';
import type { BrowserEvent } from '../../simulators/pixel.ts';

/** The steps of the walk, in their order. */
export const STEP_IDS = ['click', 'page', 'start', 'charge', 'paid', 'delivered', 'meta'] as const;

/** A step of the walk and when it was seen to be done; null while it is not. */
export interface WalkStep {
  readonly id: (typeof STEP_IDS)[number];
  readonly at: Date | null;
  readonly isDone: boolean;
}

/** How far the walk has come; nothing is believed but what the tables and the simulated Meta hold. */
export function readSteps(
  walk: DemoWalk | null,
  browserEvents: readonly BrowserEvent[],
): readonly WalkStep[] {
  const seen = (eventId: string | null) =>
    eventId === null ? undefined : browserEvents.find((event) => event.eventId === eventId);
  const payment = walk?.payment ?? null;
  const purchaseId = payment && purchaseEventId(payment.id);
  const page = seen(walk && pageViewEventId(walk.token));
  const purchase = seen(purchaseId);
  const isSent =
    walk?.events.some((event) => event.eventId === purchaseId && event.state === 'sent') ?? false;
  const at: Readonly<Record<WalkStep['id'], Date | null>> = {
    click: walk?.clickedAt ?? null,
    page: page ? new Date(page.at) : null,
    start: walk?.start?.at ?? null,
    charge: payment?.createdAt ?? null,
    paid: payment?.paidAt ?? null,
    delivered: payment?.openedAt ?? null,
    meta: isSent && purchase ? new Date(purchase.at) : null,
  };
  // The browser's own word is in memory only: after a restart the page was seen all the same.
  const isDone = (id: WalkStep['id']) =>
    at[id] !== null || (id === 'page' && at.start !== null) || (id === 'meta' && isSent);
  return STEP_IDS.map((id) => ({ id, at: at[id], isDone: isDone(id) }));
}
