import { ga4 } from './ga4/index.ts';
import { googleAds } from './google-ads/index.ts';
import { linkedin } from './linkedin/index.ts';
import { meta } from './meta/index.ts';
import { buildPlatform, type Platform } from './platform.ts';
import { tiktok } from './tiktok/index.ts';
import { utmify } from './utmify/index.ts';

/** Every ad platform that the program can send to: a new one is its folder and one line here. */
export const platforms: readonly Platform[] = [
  buildPlatform(meta),
  buildPlatform(googleAds),
  buildPlatform(tiktok),
  buildPlatform(linkedin),
  buildPlatform(ga4),
  buildPlatform(utmify),
];

/** The platform of that name, if there is one. */
export function findPlatform(id: string): Platform | undefined {
  return platforms.find((platform) => platform.id === id);
}
