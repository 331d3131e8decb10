import { addItem } from './view.ts';

/** What may be said about an event. */
export interface EventDetails {
  readonly category?: string | null | undefined;
  readonly action?: string | null | undefined;
  readonly label?: string | null | undefined;
  readonly value?: string | number | null | undefined;
  readonly data?: Record<string, unknown>;
}

/** Adds an event; a value that is no number is left out. Answers its id. */
export function addEvent(type: string, details: EventDetails = {}, element?: Element): string {
  return addItem('event', {
    event_type: type,
    event_category: details.category,
    event_action: details.action,
    event_label: details.label,
    // What is no number travels as null.
    event_value: Number.parseFloat(`${details.value}`),
    event_data: details.data,
    element_id: element?.id,
    element_class: element?.getAttribute('class'),
  });
}
