import type { WalkEvent } from '../../reports/demo-walk.ts';
import type { ReceivedEvent } from '../../simulators/meta.ts';
import type { BrowserEvent } from '../../simulators/pixel.ts';

/** One event id with what came from each side. */
export interface MetaRow {
  readonly eventId: string;
  /** Meta's name of it. */
  readonly name: string;
  readonly browser: readonly BrowserEvent[];
  readonly server: readonly ReceivedEvent[];
  /** How far the server's own event is. */
  readonly state: WalkEvent['state'];
}

const NAMES: Readonly<Record<string, string>> = {
  page_view: 'PageView',
  view_content: 'ViewContent',
  initiate_checkout: 'InitiateCheckout',
  purchase: 'Purchase',
};

/** Joins what the two sides sent by event id, for the events of one person. */
export function buildMetaRows(
  events: readonly WalkEvent[],
  received: { readonly browser: readonly BrowserEvent[]; readonly server: readonly ReceivedEvent[] },
): readonly MetaRow[] {
  return events.map(({ eventId, name, state }) => ({
    eventId,
    name: NAMES[name] ?? name,
    browser: received.browser.filter((event) => event.eventId === eventId),
    server: received.server.filter(({ event }) => event.event_id === eventId),
    state,
  }));
}

/** Whether the browser has a part in such an event. */
export const hasBrowserSide = (name: string): boolean => name === 'PageView' || name === 'Purchase';
