import type { Expiry } from '../platform.ts';

/** Known to be live; LinkedIn takes each month's version for about a year. */
export const DEFAULT_VERSION = '202603';

/**
 * When LinkedIn takes a version no more: about the 16th of its month a year later, as 202511 ended on 2026-11-16.
 * https://learn.microsoft.com/linkedin/marketing/versioning
 */
export function findVersionExpiry(version: string | null | undefined): Expiry {
  const name = version ?? DEFAULT_VERSION;
  const at = new Date(Date.UTC(Number(name.slice(0, 4)) + 1, Number(name.slice(4)) - 1, 16));
  const fix =
    'Set settings.version of the destination to a newer month, such as the latest in LinkedIn’s documentation.';
  return { what: `LinkedIn-Version ${name}`, at, fix };
}
