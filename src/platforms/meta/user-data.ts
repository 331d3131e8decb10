import type { MatchKeys } from '../../domain/conversion.ts';
import {
  hashIdentity,
  isHashed,
  readEmail,
  readName,
  readPhone,
  withoutAccents,
} from '../../domain/identity.ts';
import { readBrazilianState } from '../../domain/identity-brazil.ts';

/** Keys whose values are lists of SHA-256 hashes. */
type HashedKey = 'em' | 'ph' | 'fn' | 'ln' | 'ct' | 'st' | 'zp' | 'country' | 'external_id';
type PlainKey = 'client_ip_address' | 'client_user_agent' | 'fbc' | 'fbp';

/** Meta's `user_data`; absent keys are left out. */
export type UserData = { readonly [K in HashedKey]?: readonly string[] } & {
  readonly [K in PlainKey]?: string;
};

/** Builds `user_data`: names, places and ids hashed by Meta's rules, address, user agent and cookies as captured. */
export function buildUserData(match: MatchKeys): UserData {
  const { country } = match;
  const hashed: Readonly<Record<HashedKey, readonly string[]>> = {
    em: buildHashes(match.email, (text) => [readEmail(text)]),
    ph: buildHashes(match.phone, (text) => [readPhone(text)]),
    fn: buildHashes(match.firstName, buildNameForms),
    ln: buildHashes(match.lastName, buildNameForms),
    ct: buildHashes(match.city, buildCityForms),
    st: buildHashes(match.state, (text) => buildStateForms(text, country)),
    zp: buildHashes(match.zip, (text) => [readZip(text)]),
    country: buildHashes(country, (text) => [readCountry(text)]),
    external_id: match.externalIds.map((id) => hashIdentity(id.trim())),
  };
  const filled = Object.entries(hashed).filter(([, hashes]) => hashes.length > 0);
  return {
    ...Object.fromEntries(filled),
    ...(match.clientIp ? { client_ip_address: match.clientIp } : {}),
    ...(match.userAgent ? { client_user_agent: match.userAgent } : {}),
    ...(match.fbc ? { fbc: match.fbc } : {}),
    ...(match.fbp ? { fbp: match.fbp } : {}),
  };
}

function buildHashes(
  text: string | null,
  buildForms: (text: string) => readonly (string | null)[],
): readonly string[] {
  if (text === null) return [];
  if (isHashed(text)) return [text.trim().toLowerCase()];
  const forms = buildForms(text).filter((form) => form !== null);
  return [...new Set(forms)].map(hashIdentity);
}

/** Meta's text leaves inner spaces open and its own libraries disagree: both forms are sent, which the list allows. */
function buildNameForms(text: string): readonly (string | null)[] {
  const name = readName(text);
  return [name?.replaceAll(' ', '') ?? null, name];
}

/** "If using special characters, UTF-8": accents stay, and a form without them goes along for the other reading. */
function buildCityForms(text: string): readonly (string | null)[] {
  const city = readName(text)?.replaceAll(' ', '') ?? null;
  return [city, city && withoutAccents(city)];
}

function buildStateForms(text: string, country: string | null): readonly (string | null)[] {
  const written = readName(text)?.replaceAll(' ', '') ?? null;
  const isBrazil = country === null || readCountry(country) === 'br';
  const code = isBrazil ? readBrazilianState(text) : null;
  return [code?.toLowerCase() ?? null, written];
}

function readZip(text: string): string | null {
  const zip = text.toLowerCase().replace(/[\s-]/g, '');
  const usZipPlusFour = /^\s*\d{5}-\d{4}\s*$/.test(text);
  if (usZipPlusFour) return zip.slice(0, 5);
  return zip.length >= 2 ? zip : null;
}

function readCountry(text: string): string | null {
  const country = text.trim().toLowerCase();
  if (country === 'brasil' || country === 'brazil') return 'br';
  return /^[a-z]{2}$/.test(country) ? country : null;
}

/**
 * Whether Meta would refuse the event for too few customer keys (its subcode 2804050): places, user agent or one
 * name alone are too weak.
 */
export function hasStrongKey(data: UserData): boolean {
  const strong = [data.em, data.ph, data.external_id, data.fbc, data.fbp, data.client_ip_address];
  return strong.some((value) => value !== undefined) || (data.fn !== undefined && data.ln !== undefined);
}
