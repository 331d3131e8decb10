import type { IncomingHttpHeaders } from 'node:http';
import { isUsableClickId } from '../domain/click-ids.ts';
import type { ClickFact } from '../domain/facts.ts';
import { buildFbc, readFbc } from '../domain/fbc.ts';
import type { EdgePool, PoolBot } from '../settings/types.ts';
import { buildKeptPath, MAX_KEPT_URL } from './kept-url.ts';
import { findCookie, findQueryValue } from './query-value.ts';
import { cut, type Visit } from './visit.ts';

/** Everything that a click's fact is made of. */
export interface ClickParts {
  readonly pool: EdgePool;
  readonly bot: PoolBot;
  readonly visit: Visit;
  readonly ip: string | null;
  readonly at: number;
  readonly token: string;
  readonly mode: ClickFact['mode'];
  readonly consent: ClickFact['consent'];
  /** Scheme and host that people use, no trailing slash. */
  readonly publicUrl: string;
}

const MAX_REFERRER = 2048;
/** Longest Accept-Language that is kept, in characters. */
export const MAX_LANGUAGE = 256;
const MAX_HINT = 300;

/** Writes down a click as the request said it; the drain works out the rest. */
export function buildClickFact(parts: ClickParts): ClickFact {
  const { pool, visit, publicUrl } = parts;
  const { headers } = visit;
  const cookies = headers.cookie ?? '';
  return {
    kind: 'click',
    at: parts.at,
    token: parts.token,
    workspaceId: pool.workspaceId,
    poolId: pool.poolId,
    botId: parts.bot.botId,
    mode: parts.mode,
    url: publicUrl + buildKeptPath(visit.path, MAX_KEPT_URL - publicUrl.length),
    fbp: findCookie(cookies, '_fbp'),
    fbc: findCookie(cookies, '_fbc'),
    fbi: findCookie(cookies, '_fbi'),
    ip: parts.ip,
    userAgent: visit.userAgent,
    referrer: cut(headers.referer, MAX_REFERRER),
    language: cut(headers['accept-language'], MAX_LANGUAGE),
    hints: readHints(headers),
    consent: parts.consent,
  };
}

const HINTS = [
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-ch-ua-platform-version',
  'sec-ch-ua-model',
  'sec-ch-ua-full-version-list',
  'sec-fetch-mode',
  'x-requested-with',
] as const;

const NO_HINTS: Readonly<Record<string, string>> = {};

/** Chromium's client hints, the mark of a browser's own request, and the package name that Android's in-app browsers send. */
export function readHints(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  let hints: Record<string, string> | null = null;
  for (const name of HINTS) {
    const value = cut(headers[name], MAX_HINT);
    if (value === null) continue;
    hints ??= {};
    hints[name] = value;
  }
  return hints ?? NO_HINTS;
}

const COOKIE_SAFE_FBCLID = /^[\w-]+$/;

/**
 * The `_fbc` that the browser should keep for this click: none if there is no fbclid, or the cookie holds this
 * fbclid already. It is the value that the drain makes from the same fact where there was no cookie, so the browser's
 * pixel, which leaves a cookie of the same fbclid alone, and our server say the same thing to Meta. Where the cookie is
 * of an older ad, the drain keeps it until the page posts this newer one.
 */
export function buildFreshFbc(visit: Visit, fact: ClickFact): string | null {
  const fbclid = findQueryValue(visit.query, 'fbclid');
  if (fbclid === null || !COOKIE_SAFE_FBCLID.test(fbclid) || !isUsableClickId(fbclid)) return null;
  if (fact.fbc !== null && readFbc(fact.fbc)?.payload === fbclid) return null;
  return buildFbc({ fbclid, at: fact.at });
}
