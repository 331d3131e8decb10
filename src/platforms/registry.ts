import { meta } from './meta/index.ts';
import { buildPlatform, type Platform } from './platform.ts';

/** Every ad platform that the program can send to: a new one is its folder and one line here. */
export const platforms: readonly Platform[] = [buildPlatform(meta)];

/** The platform of that name, if there is one. */
export function findPlatform(id: string): Platform | undefined {
  return platforms.find((platform) => platform.id === id);
}
