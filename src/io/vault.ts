import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Seals texts for the database: AES-256-GCM, bound to the column they stand in. */
export interface Vault {
  /** `context` names the place (`bots.telegram_token`); a value moved elsewhere does not open. */
  seal(text: string, context: string): Buffer;
  /** Throws if the value is damaged, is of another context, or was sealed with another SECRET_KEY. */
  open(sealed: Uint8Array, context: string): string;
  /** Names the key that seals now; it stands at `KEY_ID_AT` of every value. */
  readonly keyId: Buffer;
}

/** Where the key id begins in a sealed value, in bytes. */
export const KEY_ID_AT = 1;
/** Its length in bytes. */
export const KEY_ID_BYTES = 8;

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_AT = KEY_ID_AT + KEY_ID_BYTES;
const TAG_AT = NONCE_AT + NONCE_BYTES;
const TEXT_AT = TAG_AT + TAG_BYTES;

/**
 * Opens the vault with SECRET_KEY (32 bytes or more); `previous` opens what was sealed before a rotation, and seals nothing.
 * Layout: 1 byte version | 8 bytes key id | 12 bytes nonce | 16 bytes tag | ciphertext.
 */
export function openVault(options: { readonly key: string; readonly previous?: string | null }): Vault {
  const key = buildKey(options.key);
  const keys = options.previous ? [key, buildKey(options.previous)] : [key];
  return {
    keyId: key.id,
    seal: (text, context) => seal(text, context, key),
    open: (sealed, context) => open(Buffer.from(sealed), context, keys),
  };
}

interface VaultKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

function buildKey(text: string): VaultKey {
  const key = Buffer.from(hkdfSync('sha256', text, '', 'rastro vault', 32));
  const id = createHash('sha256').update('rastro key id').update(key).digest().subarray(0, KEY_ID_BYTES);
  return { id, key };
}

function seal(text: string, context: string, { id, key }: VaultKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), id, nonce, cipher.getAuthTag(), body]);
}

function open(sealed: Buffer, context: string, keys: readonly VaultKey[]): string {
  if (sealed.length < TEXT_AT || sealed[0] !== VERSION) {
    throw new Error(`A sealed value of ${context} is damaged.`);
  }
  const sealedWith = sealed.subarray(KEY_ID_AT, NONCE_AT);
  const key = keys.find(({ id }) => sealedWith.equals(id))?.key;
  if (key === undefined) {
    const name = sealedWith.toString('hex');
    throw new Error(`${context} was sealed with another SECRET_KEY (key ${name}); give that key back.`);
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(NONCE_AT, TAG_AT));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(TAG_AT, TEXT_AT));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(TEXT_AT)), decipher.final()]).toString('utf8');
  } catch {
    throw new Error(`A sealed value of ${context} is damaged, or was moved here from another column.`);
  }
}
