import { hashE164, hashEmail, hashForm } from '../../domain/contact-forms.ts';
import type { MatchKeys } from '../../domain/conversion.ts';
import type { PlatformEvent } from '../platform.ts';

/** TikTok's `user`: contacts, ids and names hashed, click id, cookie, address, user agent and place in clear. */
export function buildUser(match: MatchKeys): PlatformEvent {
  const [externalId = null] = match.externalIds;
  const fields = {
    email: hashEmail(match.email),
    phone: hashE164(match.phone),
    external_id: hashForm(externalId, readLower),
    ttclid: match.ttclid,
    ttp: match.ttp,
    ip: match.clientIp,
    user_agent: match.userAgent,
    first_name: hashForm(match.firstName, readLower),
    last_name: hashForm(match.lastName, readLower),
    zip_code: hashForm(match.zip, readZip),
    city: readPlace(match.city),
    state: readPlace(match.state),
    country: readPlace(match.country),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ''));
}

/** Whether anything of it tells one person from another; address and user agent together do, alone they do not. */
export function hasIdentifier({
  email,
  phone,
  externalIds,
  ttclid,
  ttp,
  clientIp,
  userAgent,
}: MatchKeys): boolean {
  const hasContact = hashEmail(email) !== null || hashE164(phone) !== null;
  return hasContact || externalIds.length > 0 || Boolean(ttclid ?? ttp) || Boolean(clientIp && userAgent);
}

const readLower = (text: string): string | null => text.trim().toLowerCase() || null;

const readZip = (text: string): string | null => text.toLowerCase().replace(/[\s-]/g, '') || null;

/** Places go in clear: lower case, letters and digits only. */
function readPlace(text: string | null): string | null {
  return text === null ? null : text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') || null;
}
