import type { Click } from './click.ts';
import type { CookiesFact } from './facts.ts';
import { isBetterFbc, readFbp } from './fbc.ts';
import { buildStorableText } from './storable-text.ts';

/** What a page's later word can change about a click. */
export type ClickCookies = Pick<Click, 'fbp' | 'fbpOrigin' | 'fbc' | 'fbcOrigin' | 'fbi'>;

/**
 * Folds cookies that a page found into a click's. An `_fbp` or `_fbi` that is known stays; an `_fbc` gives way only
 * to a better one. Returns the very same click when nothing changes, as when the same cookies are told again.
 */
export function mergeCookies<C extends ClickCookies & Pick<Click, 'fbclid'>>(click: C, fact: CookiesFact): C {
  const { fbc, fbcOrigin, fbclid } = click;
  const takesFbp = click.fbp === null && readFbp(fact.fbp) !== null;
  const takesFbc = isBetterFbc({
    current: fbc,
    currentOrigin: fbcOrigin,
    posted: fact.fbc,
    urlFbclid: fbclid,
  });
  const fbi = click.fbi ?? (fact.fbi === null ? null : buildStorableText(fact.fbi, 100) || null);
  if (!takesFbp && !takesFbc && fbi === click.fbi) return click;
  return {
    ...click,
    ...(takesFbp ? { fbp: fact.fbp, fbpOrigin: 'posted' } : {}),
    ...(takesFbc ? { fbc: fact.fbc, fbcOrigin: 'cookie' } : {}),
    fbi,
  };
}
