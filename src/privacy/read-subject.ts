import { readEmail, readPhone } from '../domain/identity.ts';

/** Whom a request is about: how the operator names the person. */
export type SubjectName =
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'phone'; readonly value: string }
  | { readonly kind: 'telegram'; readonly value: string }
  /** Bare digits that may be either: what is stored decides. */
  | { readonly kind: 'digits'; readonly telegram: string; readonly phone: string };

const TELEGRAM_ID = /^[1-9]\d{0,15}$/;
/** Words around the digits are no phone, but a mistake that would erase somebody. */
const PHONE = /^[+(]?[\d\s().-]+$/;
const PREFIXED = /^(email|phone|telegram):(.+)$/i;

/**
 * Reads an e-mail, a phone or a Telegram user id; `telegram:`, `phone:` or `email:` before it says which. Null if it
 * is none of them.
 */
export function readSubject(text: string): SubjectName | null {
  const [, prefix, rest] = PREFIXED.exec(text.trim()) ?? [];
  const value = (rest ?? text).trim();
  const email = readEmail(value);
  const phone = PHONE.test(value) ? readPhone(value) : null;
  const telegram = TELEGRAM_ID.test(value) ? value : null;
  switch (prefix?.toLowerCase()) {
    case 'email':
      return email === null ? null : { kind: 'email', value: email };
    case 'phone':
      return phone === null ? null : { kind: 'phone', value: phone };
    case 'telegram':
      return telegram === null ? null : { kind: 'telegram', value: telegram };
    default:
      break;
  }
  if (email !== null) return { kind: 'email', value: email };
  if (telegram !== null && phone !== null) return { kind: 'digits', telegram, phone };
  if (telegram !== null) return { kind: 'telegram', value: telegram };
  return phone === null ? null : { kind: 'phone', value: phone };
}
