import { hashE164, hashForm } from '../../domain/contact-forms.ts';
import type { MatchKeys } from '../../domain/conversion.ts';
import { readEmail } from '../../domain/identity.ts';

/** One of Google's user identifiers, with what is hashed already hashed. */
export type UserIdentifier = Readonly<Record<string, unknown>>;

/** E-mail, phone and address by Google's rules, in this order; what is not known is left out. */
export function buildUserIdentifiers(match: MatchKeys): readonly UserIdentifier[] {
  const email = hashForm(match.email, readGoogleEmail);
  const phone = hashE164(match.phone);
  const address = buildAddress(match);
  return [
    ...(email ? [{ emailAddress: email }] : []),
    ...(phone ? [{ phoneNumber: phone }] : []),
    ...(address ? [{ address }] : []),
  ];
}

/**
 * An e-mail as Google compares it: at gmail.com and googlemail.com without dots and without what follows a plus sign.
 * https://developers.google.com/data-manager/api/devguides/concepts/formatting
 */
export function readGoogleEmail(text: string): string | null {
  const email = readEmail(text);
  if (email === null) return null;
  const [name = '', domain = ''] = email.split('@');
  if (domain !== 'gmail.com' && domain !== 'googlemail.com') return email;
  const [account = ''] = name.split('+');
  const bare = account.replaceAll('.', '');
  return bare === '' ? null : `${bare}@${domain}`;
}

const PREFIX = /^(?:mr|mrs|ms|dr)\.(?:\s|$)/;
const SUFFIX = /(?:,\s*|\s+)(?:jr\.?|sr\.?|2nd|3rd|ii|iii|iv|v|vi|cpa|dc|dds|vm|jd|md|phd)$/;

/** A given name as Google compares it: lower case, without `Dr.` and the like. */
export function readGivenName(text: string): string | null {
  return text.trim().toLowerCase().replace(PREFIX, '').trim() || null;
}

/** A family name as Google compares it: lower case, without `Jr.` and the like; accents and hyphens stay. */
export function readFamilyName(text: string): string | null {
  let name = text.trim().toLowerCase();
  while (SUFFIX.test(name)) name = name.replace(SUFFIX, '').trim();
  return name || null;
}

/** Two letters in capitals, which Google wants in clear; null if it is anything else. */
export function readRegionCode(text: string): string | null {
  const code = text.trim().toUpperCase();
  return /^[A-Z]{2}$/.test(code) ? code : null;
}

/** A postal code in clear, its dash kept; null if it is empty. */
export const readPostalCode = (text: string): string | null => text.trim() || null;

/** Google takes an address only whole: both names, country and postal code. */
function buildAddress(match: MatchKeys): UserIdentifier | null {
  const givenName = hashForm(match.firstName, readGivenName);
  const familyName = hashForm(match.lastName, readFamilyName);
  const regionCode = match.country === null ? null : readRegionCode(match.country);
  const postalCode = match.zip === null ? null : readPostalCode(match.zip);
  if (!givenName || !familyName || !regionCode || !postalCode) return null;
  return { givenName, familyName, regionCode, postalCode };
}
