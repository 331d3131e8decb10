import { guarded, on } from './guard.ts';
import { openView } from './view.ts';

/** Opens a page view whenever a single-page app goes to another address. */
export function watchNavigation(countsHash: boolean): void {
  let [before, path] = ['', ''];
  const read = () => (countsHash ? location.href : location.href.split('#')[0]) ?? '';
  const remember = () => {
    before = read();
    path = location.pathname;
  };
  const follow = guarded((isReplaced: boolean) => {
    // An address that is replaced in the same path is a filter or a tab, not another page.
    const isOther = isReplaced ? location.pathname !== path : read() !== before;
    const referrer = before;
    remember();
    if (isOther) openView(referrer);
  });
  remember();
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    guarded(() => {
      history[name] = function (...args) {
        original.apply(this, args);
        follow(name === 'replaceState');
      };
    })();
  }
  // Also comes when only the part after # changes.
  on(window, 'popstate', () => follow(false));
}
