/**
 * Meta's first-party cookies: https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc
 * `fb.<subdomain index>.<ms>.<payload>` and, when Meta's parameter builder wrote it, a fifth segment of its own.
 * Values travel on exactly as they came: reading them only tells what they hold.
 */

/** Longest fbclid that Meta's own client accepts; a longer one is ignored. */
export const MAX_FBCLID_LENGTH = 500;

/** What a well-formed `_fbc` or `_fbp` cookie holds; `payload` is the fbclid or the random number. */
export interface MetaCookie {
  readonly subdomainIndex: number;
  /** Milliseconds since the epoch, as written by whoever made the cookie. */
  readonly madeAt: number;
  readonly payload: string;
  /** The parameter builder's fifth segment. */
  readonly appendix: string | null;
}

// The six two-character tokens are the parameter builder's older mark, the eight characters its present one.
const COOKIE =
  /^fb\.(\d{1,2})\.(\d{1,16})\.([\x21-\x2d\x2f-\x3a\x3c-\x7e]{1,500})(?:\.(AQ|Ag|Aw|BA|BQ|Bg|[\w-]{8}))?$/;

function readMetaCookie(value: unknown): MetaCookie | null {
  const match = typeof value === 'string' && value.length <= 600 ? COOKIE.exec(value) : null;
  if (!match) return null;
  const [, index = '', madeAt = '', payload = '', appendix = null] = match;
  return { subdomainIndex: Number(index), madeAt: Number(madeAt), payload, appendix };
}

/** Reads an `_fbc` cookie; null when it is malformed, and then it counts as absent. */
export const readFbc = readMetaCookie;

/** Reads an `_fbp` cookie; null when it is malformed, and then it counts as absent. */
export function readFbp(value: unknown): MetaCookie | null {
  const cookie = readMetaCookie(value);
  return cookie !== null && cookie.payload.length <= 40 ? cookie : null;
}

/** An `_fbc` for a click that brought an fbclid and no cookie; `at` is when it was first seen, ms since the epoch. */
export function buildFbc({ fbclid, at }: { fbclid: string; at: number }): string {
  return `fb.1.${at}.${fbclid}`;
}

/** An `_fbc` as the click has it now, and one that the page posted later. */
export interface FbcChoice {
  readonly current: string | null;
  readonly currentOrigin: 'cookie' | 'generated' | null;
  readonly posted: string | null;
  /** The fbclid of the click's own URL. */
  readonly urlFbclid: string | null;
}

/**
 * Whether the posted `_fbc` takes the current one's place: it must be well formed and hold the fbclid of the
 * click's URL (any, if the URL had none). A value that came as a cookie gives way only when it is of an older ad
 * click than the URL and the posted one is not.
 */
export function isBetterFbc({ current, currentOrigin, posted, urlFbclid }: FbcChoice): boolean {
  const cookie = readFbc(posted);
  if (cookie === null || posted === current) return false;
  if (urlFbclid !== null && cookie.payload !== urlFbclid) return false;
  if (current === null || currentOrigin !== 'cookie') return true;
  return urlFbclid !== null && readFbc(current)?.payload !== urlFbclid;
}
