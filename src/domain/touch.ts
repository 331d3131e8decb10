import { type ClickIds, isOtherClickId } from './click-ids.ts';
import { buildStableId } from './collect-id.ts';
import { buildFbc, readFbc } from './fbc.ts';
import { buildStorableText } from './storable-text.ts';
import { readUrlParameters } from './url-parameters.ts';
import type { Utm } from './utm.ts';

/** What a page's address says of the ad that led to it. */
export interface TouchSource {
  readonly utm: Utm;
  readonly clickIds: ClickIds;
  /** Everything else of the address's query. */
  readonly urlParams: Readonly<Record<string, string>>;
  /** Google's `{matchtype}`: e, p or b. */
  readonly matchType: string | null;
  /** Google's `{device}` in words. */
  readonly device: string | null;
}

/** Google's ValueTrack letters: https://support.google.com/google-ads/answer/6305348 */
const DEVICES: ReadonlyMap<string, string> = new Map([
  ['m', 'mobile'],
  ['t', 'tablet'],
  ['c', 'desktop'],
]);

/** Reads what an address says of its ad; null for no address. Never throws. */
export function readTouchSource(pageUrl: string | null): TouchSource {
  const mark = pageUrl?.indexOf('?') ?? -1;
  const { utm, clickIds, link, rest } = readUrlParameters(
    pageUrl === null || mark === -1 ? '' : pageUrl.slice(mark + 1),
  );
  const named = Object.entries({ ...link, kwai_click_id: clickIds.kwaiClickId });
  const known = named.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return {
    utm,
    clickIds,
    urlParams: { ...rest, ...Object.fromEntries(known) },
    matchType: cut(rest.matchtype ?? rest.match_type),
    device: DEVICES.get(rest.device ?? '') ?? null,
  };
}

const cut = (text: string | undefined): string | null => (text ? buildStorableText(text, 100) : null);

/** A touch's id: one for each set of UTMs and click ids in a session, the same whenever it is worked out. */
export function buildTouchId(sessionKey: string, source: TouchSource): string {
  return buildStableId('touch', sessionKey, ...signatureOf(source).map((value) => value ?? ''));
}

function signatureOf({ utm, clickIds, urlParams }: TouchSource): (string | null)[] {
  const { utmSource, utmMedium, utmCampaign, utmId, utmTerm, utmContent } = utm;
  const { fbclid, gclid, gbraid, wbraid, ttclid, liFatId, msclkid, kwaiClickId } = clickIds;
  const others = Object.entries(urlParams)
    .filter(([name]) => isOtherClickId(name))
    .map(([name, value]) => `${name.toLowerCase()}=${value}`)
    .sort();
  return [
    ...[utmSource, utmMedium, utmCampaign, utmId, utmTerm, utmContent],
    ...[fbclid, gclid, gbraid, wbraid, ttclid, liFatId, msclkid, kwaiClickId],
    others.length === 0 ? null : others.join('&'),
  ];
}

/**
 * The `_fbc` of a touch: the browser's cookie if it is of this touch's ad click, or the touch has none of its own;
 * else one made of the fbclid and the moment when it was first seen.
 */
export function chooseTouchFbc(touch: {
  readonly fbclid: string | null;
  readonly cookie: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}): string | null {
  const { fbclid, cookie, at } = touch;
  if (fbclid === null || (cookie !== null && readFbc(cookie)?.payload === fbclid)) return cookie;
  return buildFbc({ fbclid, at });
}

const TABLET = /iPad|Tablet|PlayBook|Silk\/|Android(?!.*Mobile)/;
const MOBILE = /Mobi|iPhone|iPod|Android|Windows Phone/;

/** `mobile`, `tablet` or `desktop` by the user agent; null without one. */
export function readDevice(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '') return null;
  if (TABLET.test(userAgent)) return 'tablet';
  return MOBILE.test(userAgent) ? 'mobile' : 'desktop';
}
