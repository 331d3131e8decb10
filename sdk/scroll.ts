import { guarded, on } from './guard.ts';
import { addItem } from './view.ts';

const QUARTER = 25;
const LOOK_AFTER_MS = 300;

/** Tells how deep a person scrolled, in quarters of the page; the answer begins again for the next page. */
export function watchScroll(): () => void {
  let told = 0;
  let timer = 0;
  const look = guarded(() => {
    timer = 0;
    const depth = ((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100;
    // A pixel short of the end is the end: browsers round.
    while (told < 100 && depth + 1 >= told + QUARTER) {
      told += QUARTER;
      addItem('event', { event_type: 'scroll', event_value: told });
    }
  });
  on(document, 'scroll', () => {
    if (timer === 0) timer = setTimeout(look, LOOK_AFTER_MS);
  });
  return () => {
    told = 0;
  };
}
