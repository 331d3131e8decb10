import { addEvent } from './events.ts';
import { on } from './guard.ts';

/** Tells clicks on elements with `data-rastro-event`, and on links that lead out of the site. */
export function watchClicks(): void {
  on(document, 'click', readClick);
  on(document, 'auxclick', readClick);
}

function readClick(event: Event): void {
  // The right button opens a menu; it goes nowhere.
  if ((event as MouseEvent).button > 1) return;
  const target = event.composedPath()[0] as Element;
  const marked = target.closest<HTMLElement>('[data-rastro-event]');
  if (marked) {
    const { rastroEvent, rastroCategory, rastroAction, rastroLabel, rastroValue } = marked.dataset;
    const details = {
      category: rastroCategory,
      action: rastroAction,
      label: rastroLabel,
      value: rastroValue,
    };
    addEvent(rastroEvent || 'click', details, marked);
  }
  const link = target.closest<HTMLAnchorElement>('a[href]');
  if (link && link.protocol !== 'javascript:' && link.host !== location.host) {
    // What follows the question mark may be a message with a person's data.
    addEvent('outbound_link', { label: link.href.split('?')[0] }, link);
  }
}
