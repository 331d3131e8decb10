import { isGranted } from './consent.ts';

/** The ad platforms' and Google Analytics' own cookies, as far as the person allows them to be used. */
export function readCookies(): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const [, name = '', value = ''] of document.cookie.matchAll(/(?:^|; )(_fb[cp]|_ttp|_ga)=([^;]*)/g)) {
    if (isGranted(name === '_ga' ? 'analytics' : 'ads')) cookies[name] = value;
  }
  return cookies;
}
