import { createHash } from 'node:crypto';
import { isBrazilianNationalPhone } from './identity-brazil.ts';

const EMAIL = /^[^\s@<>(),;:"]+@[^\s@.]+(?:\.[^\s@.]+)+$/;
const EXTENSION = /(?:ext|ramal|extension|x|#)\.?\s*\d+\s*$/i;
const SHA256 = /^[0-9a-f]{64}$/i;

/** An e-mail address in the one form that is compared and hashed: trimmed, lower case; null if it is none. */
export function readEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  return email.length <= 254 && EMAIL.test(email) ? email : null;
}

/**
 * A phone as digits with its country code and without `+`: `(11) 91234-5678` -> `5511912345678`. Without a country
 * it is taken for Brazilian only where it has that shape (area code; the third digit of 11 is a 9); null otherwise,
 * because a number with a guessed country matches a stranger.
 */
export function readPhone(text: string): string | null {
  const written = text.trim().replace(EXTENSION, '');
  const hasCountry = /^\(?\s*(?:\+|00)/.test(written);
  const digits = written.replace(/\D/g, '').replace(/^0+/, '');
  if (digits.length < 7 || digits.length > 15) return null;
  if (hasCountry || digits.length > 11) return digits;
  return isBrazilianNationalPhone(digits) ? `55${digits}` : null;
}

/** A name in lower case without punctuation, words apart by one space, accents kept (NFC); null when nothing is left. */
export function readName(text: string): string | null {
  const name = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return name === '' ? null : name;
}

/** The same text without accents: `são` -> `sao`. */
export function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

/** SHA-256 in lower-case hex of the UTF-8 bytes, as every ad platform wants it. */
export function hashIdentity(normalized: string): string {
  return createHash('sha256').update(normalized, 'utf8').digest('hex');
}

/** Whether a value is a SHA-256 already, which is passed on as it is. */
export function isHashed(text: string): boolean {
  return SHA256.test(text.trim());
}
