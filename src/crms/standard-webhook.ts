import { createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from '../domain/same-secret.ts';

/**
 * Signatures of Standard Webhooks: HMAC-SHA256 over `{id}.{timestamp}.{body}`, as `v1,<base64>`, several of them
 * apart by blanks while a secret is being replaced. https://github.com/standard-webhooks/standard-webhooks
 */
export interface SignedMessage {
  readonly id: string;
  /** Unix seconds of the attempt. */
  readonly timestamp: string;
  readonly body: string | Buffer;
}

const PREFIX = 'whsec_';
const KEY_BYTES = 32;
const LEAST_BYTES = 16;

/** A new secret: 32 random bytes in base64 behind `whsec_`. */
export const buildWebhookSecret = (): string => PREFIX + randomBytes(KEY_BYTES).toString('base64');

/** Whether a secret is long enough to be one: `whsec_` and 16 bytes or more in base64, or a text of 16 bytes or more. */
export function isWebhookSecret(secret: string): boolean {
  if (!secret.startsWith(PREFIX)) return Buffer.byteLength(secret) >= LEAST_BYTES;
  const text = secret.slice(PREFIX.length);
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.from(text, 'base64').length >= LEAST_BYTES;
}

/** The key that a secret stands for: base64 behind `whsec_`, the text itself otherwise. */
function readKey(secret: string): Buffer {
  return secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

function sign(secret: string, message: SignedMessage): string {
  const hmac = createHmac('sha256', readKey(secret)).update(`${message.id}.${message.timestamp}.`);
  return `v1,${hmac.update(message.body).digest('base64')}`;
}

/** The header's value: one signature for each secret, the newest first. */
export const buildSignatures = (secrets: readonly string[], message: SignedMessage): string =>
  secrets.map((secret) => sign(secret, message)).join(' ');

/** Whether one of the signatures of a header was made with one of the secrets. */
export function isSigned(header: string, secrets: readonly string[], message: SignedMessage): boolean {
  const given = header
    .split(' ')
    .filter((part) => part !== '')
    .slice(0, 10);
  return secrets.some((secret) => {
    const expected = sign(secret, message);
    return given.filter((signature) => isSameSecret(signature, expected)).length > 0;
  });
}
