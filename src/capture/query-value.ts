/** The raw value of the first parameter of this name in a raw query string, undecoded; null if there is none. */
export function findQueryValue(query: string, name: string): string | null {
  const needle = `${name}=`;
  let at = query.indexOf(needle);
  while (at > 0 && query.charCodeAt(at - 1) !== AMPERSAND) at = query.indexOf(needle, at + 1);
  if (at === -1) return null;
  const end = query.indexOf('&', at);
  return query.slice(at + needle.length, end === -1 ? undefined : end);
}

const AMPERSAND = 38;

/** A raw query value decoded as a form's; as it stands where its escapes are broken. */
export function readQueryValue(raw: string): string {
  if (!raw.includes('%') && !raw.includes('+')) return raw;
  return new URLSearchParams(`v=${raw}`).get('v') ?? '';
}

/** The value of one cookie in a Cookie header, as it stands; null if absent, empty or over 1,000 characters. */
export function findCookie(header: string, name: string): string | null {
  const needle = `${name}=`;
  let at = header.indexOf(needle);
  while (at > 0 && !isCookieStart(header.charCodeAt(at - 1))) at = header.indexOf(needle, at + 1);
  if (at === -1) return null;
  const end = header.indexOf(';', at);
  const value = header.slice(at + needle.length, end === -1 ? undefined : end).trim();
  return value === '' || value.length > MAX_COOKIE_LENGTH ? null : value;
}

const MAX_COOKIE_LENGTH = 1000;
const isCookieStart = (code: number): boolean => code === 32 || code === 59;
