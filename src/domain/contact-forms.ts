import { hashIdentity, isHashed, readEmail, readPhone } from './identity.ts';

/** SHA-256 of an e-mail address, trimmed and in lower case; null if it is none. A hash stays as it is. */
export function hashEmail(text: string | null): string | null {
  return hashForm(text, readEmail);
}

/** SHA-256 of a phone in E.164 with its `+`, as Google and TikTok want it (Meta: without); null if it is none. */
export function hashE164(text: string | null): string | null {
  return hashForm(text, readE164);
}

/** SHA-256 of what `read` makes of a text; null where that is nothing. A hash stays as it is, in lower case. */
export function hashForm(text: string | null, read: (text: string) => string | null): string | null {
  if (text === null) return null;
  if (isHashed(text)) return text.trim().toLowerCase();
  const form = read(text);
  return form === null ? null : hashIdentity(form);
}

/** A phone in E.164 with its `+`: `+5511912345678`; null if its country is not known. */
export function readE164(text: string): string | null {
  const digits = readPhone(text);
  return digits === null ? null : `+${digits}`;
}
