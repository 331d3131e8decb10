import type { ClickIds } from './click-ids.ts';
import type { Consent } from './conversion.ts';
import { type Device, UNKNOWN_DEVICE } from './device.ts';
import { pageViewEventId } from './event-ids.ts';
import type { ClickFact } from './facts.ts';
import { buildFbc, readFbc, readFbp } from './fbc.ts';
import { readIp } from './ip-hash.ts';
import { buildStorableText } from './storable-text.ts';
import { type LinkParameters, readUrlParameters } from './url-parameters.ts';
import type { Utm } from './utm.ts';

/** What the user agent and the address tell; null until it has been worked out, or where they do not tell it. */
export interface ClickSurroundings extends Device {
  readonly geoCity: string | null;
  /** ISO 3166-2 without the country: `SP`. */
  readonly geoState: string | null;
  readonly geoCountry: string | null;
  readonly geoLatitude: number | null;
  readonly geoLongitude: number | null;
  /** Autonomous system number of the address's network. */
  readonly asn: number | null;
  readonly isDatacenter: boolean | null;
  readonly isBotDetected: boolean;
  readonly botReasons: readonly string[];
  readonly botClass: string | null;
}

/** An ad click as every room knows it, whether it was read from the log or from the table. */
export interface Click extends ClickIds, Utm, LinkParameters, ClickSurroundings {
  readonly trackingToken: string;
  readonly workspaceId: string;
  readonly poolId: string;
  readonly botId: string;
  readonly mode: 'bridge' | 'direct';
  readonly fbp: string | null;
  readonly fbpOrigin: 'cookie' | 'posted' | null;
  readonly fbc: string | null;
  readonly fbcOrigin: 'cookie' | 'generated' | null;
  readonly fbi: string | null;
  readonly urlParams: Readonly<Record<string, string>>;
  readonly clientIp: string | null;
  readonly ipHash: string | null;
  readonly clientUserAgent: string | null;
  readonly clientHints: Readonly<Record<string, string>>;
  readonly acceptLanguage: string | null;
  readonly referrer: string | null;
  /** The click's URL without the gate's link key. */
  readonly eventSourceUrl: string;
  readonly pageviewEventId: string;
  readonly pageviewTs: Date;
  readonly consent: Consent;
  readonly createdAt: Date;
}

const MAX_URL_LENGTH = 4096;
const MAX_HEADER_LENGTH = 1000;

/** Works out a click from what the request said. Pure, and never throws, whatever the request said. */
export function buildClick(fact: ClickFact): Click {
  const { base, query } = splitUrl(fact.url);
  const { clickIds, utm, link, rest } = readUrlParameters(query);
  return {
    trackingToken: fact.token,
    workspaceId: fact.workspaceId,
    poolId: fact.poolId,
    botId: fact.botId,
    mode: fact.mode,
    consent: fact.consent,
    ...clickIds,
    ...utm,
    ...link,
    ...readCookies(fact, clickIds.fbclid),
    ...readRequest(fact),
    ...UNKNOWN_SURROUNDINGS,
    urlParams: rest,
    eventSourceUrl: buildSourceUrl(base, query),
    pageviewEventId: pageViewEventId(fact.token),
    pageviewTs: new Date(fact.at),
    createdAt: new Date(fact.at),
  };
}

/** What is known of the surroundings before anything has been worked out. */
export const UNKNOWN_SURROUNDINGS: ClickSurroundings = {
  ...UNKNOWN_DEVICE,
  geoCity: null,
  geoState: null,
  geoCountry: null,
  geoLatitude: null,
  geoLongitude: null,
  asn: null,
  isDatacenter: null,
  isBotDetected: false,
  botReasons: [],
  botClass: null,
};

function splitUrl(url: string): { base: string; query: string } {
  const [address = ''] = url.split('#', 1);
  const mark = address.indexOf('?');
  return mark === -1
    ? { base: address, query: '' }
    : { base: address.slice(0, mark), query: address.slice(mark + 1) };
}

// A malformed cookie counts as absent, so that a click with an fbclid still gets a usable fbc.
function readCookies(fact: ClickFact, fbclid: string | null) {
  const fbp = readFbp(fact.fbp) === null ? null : fact.fbp;
  const hasFbc = readFbc(fact.fbc) !== null;
  const generated = fbclid === null ? null : buildFbc({ fbclid, at: fact.at });
  return {
    fbp,
    fbpOrigin: fbp === null ? null : 'cookie',
    fbc: hasFbc ? fact.fbc : generated,
    fbcOrigin: hasFbc ? 'cookie' : generated === null ? null : 'generated',
    fbi: buildHeader(fact.fbi, 100),
  } as const;
}

function readRequest(fact: ClickFact) {
  const hints = Object.entries(fact.hints).slice(0, 20);
  return {
    clientIp: readIp(fact.ip),
    ipHash: null,
    clientUserAgent: buildHeader(fact.userAgent, MAX_HEADER_LENGTH),
    clientHints: Object.fromEntries(
      hints.map(([name, value]) => [
        buildStorableText(name, 100),
        buildStorableText(value, MAX_HEADER_LENGTH),
      ]),
    ),
    acceptLanguage: buildHeader(fact.language, MAX_HEADER_LENGTH),
    referrer: buildHeader(fact.referrer, MAX_URL_LENGTH),
  };
}

function buildHeader(value: string | null, limit: number): string | null {
  return value === null ? null : buildStorableText(value, limit) || null;
}

// This address goes to ad platforms. The link key (`grim`) is the gate's secret: whoever knows it passes the gate,
// so it stays here. Parameters keep their spelling; those that no longer fit are left out whole.
function buildSourceUrl(base: string, query: string): string {
  let url = buildStorableText(base, MAX_URL_LENGTH);
  let separator = '?';
  for (const part of query.split('&')) {
    if (part === '' || url.length + part.length >= MAX_URL_LENGTH || isLinkKey(part)) continue;
    url += separator + buildStorableText(part, MAX_URL_LENGTH);
    separator = '&';
  }
  return url;
}

const PLAIN_NAME = /^[\w-]*=?$/;
const LINK_KEY = /^grim=?$/i;

function isLinkKey(part: string): boolean {
  const name = part.slice(0, part.indexOf('=') + 1 || undefined);
  // The reader of forms took half of all the work on a click; a plain name needs none.
  if (PLAIN_NAME.test(name)) return LINK_KEY.test(name);
  const [entry] = new URLSearchParams(part);
  return entry?.[0].toLowerCase() === 'grim';
}
