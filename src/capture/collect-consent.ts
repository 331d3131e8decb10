import type { Choice, CollectConsent } from '../domain/collect.ts';
import { isFields } from './collect-fields.ts';

/** What a batch or an item says of consent; a part that is absent is left to who stands behind it. */
export type PostedConsent = { readonly [Purpose in keyof CollectConsent]: Choice | null };

const SILENT: PostedConsent = { ads: null, analytics: null };

/** Reads `{ads, analytics}` as words or booleans; null if it is something else, so that nobody's no is lost in a mistake. */
export function readPostedConsent(value: unknown): PostedConsent | null {
  if (value === undefined || value === null) return SILENT;
  if (!isFields(value)) return null;
  const ads = readChoice(value.ads);
  const analytics = readChoice(value.analytics);
  return ads === undefined || analytics === undefined ? null : { ads, analytics };
}

/** The item's word before the batch's before the default. */
export function chooseConsent(
  item: PostedConsent,
  batch: PostedConsent,
  fallback: CollectConsent,
): CollectConsent {
  return {
    ads: item.ads ?? batch.ads ?? fallback.ads,
    analytics: item.analytics ?? batch.analytics ?? fallback.analytics,
  };
}

/**
 * What holds where nobody was asked: the workspace's default. A browser that sends `Sec-GPC: 1` says no to ads, which
 * an explicit yes on the site overrides.
 */
export function buildDefaultConsent(defaultConsent: Choice, hasGpc: boolean): CollectConsent {
  return { ads: hasGpc ? 'denied' : defaultConsent, analytics: defaultConsent };
}

function readChoice(value: unknown): Choice | null | undefined {
  if (value === undefined || value === null) return null;
  if (value === true || value === 'granted') return 'granted';
  return value === false || value === 'denied' ? 'denied' : undefined;
}
