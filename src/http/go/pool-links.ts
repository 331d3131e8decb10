import type { EdgePool } from '../../settings/types.ts';

/** Where a pool's pages send people and their events. */
export interface PoolLinks {
  /** The bot's address on the web; `start` null for the bare one. */
  web(username: string, start: string | null): string;
  /** The same for the app; null where there is no app. */
  app(username: string, start: string | null): string | null;
  readonly pixelScript: string;
  /** Hosts for the page's policy; null where everything comes from ourselves. */
  readonly pixelHosts: { readonly script: string; readonly target: string } | null;
}

const query = (joint: string, start: string | null): string =>
  start === null ? '' : `${joint}start=${start}`;

const REAL: PoolLinks = {
  web: (username, start) => `https://t.me/${username}${query('?', start)}`,
  app: (username, start) => `tg://resolve?domain=${username}${query('&', start)}`,
  pixelScript: 'https://connect.facebook.net/en_US/fbevents.js',
  pixelHosts: { script: 'https://connect.facebook.net', target: 'https://www.facebook.com' },
};

/** The simulators stand on the same host as the page. */
const SIMULATED: PoolLinks = {
  web: (username, start) => `/try/chat/${username}${query('?', start)}`,
  app: () => null,
  pixelScript: '/try/meta/fbevents.js',
  pixelHosts: null,
};

/** Telegram and Meta themselves, and for the demonstration's pool their simulators. */
export const linksOf = (pool: Pick<EdgePool, 'isDemo'>): PoolLinks => (pool.isDemo ? SIMULATED : REAL);
