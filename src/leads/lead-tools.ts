import { createHmac } from 'node:crypto';
import type { Vault } from '../io/vault.ts';

/** What saving and reading leads takes beside the database. */
export interface LeadTools {
  readonly vault: Vault;
  /** Keys the hashes by which leads are found; derived from SECRET_KEY, the same in every process. */
  readonly hashKey: string;
  readonly ipHashSalt: string;
}

/** The key's purpose, for `deriveKey`. */
export const LEAD_HASH_PURPOSE = 'lead contact hashes';

/** Keyed hash of a normalised e-mail (`readEmail`) or phone (`readPhone`): finds the same person, tells nobody who. */
export function buildContactHash(
  { hashKey }: Pick<LeadTools, 'hashKey'>,
  kind: 'email' | 'phone',
  normalized: string,
): string {
  return createHmac('sha256', hashKey).update(`${kind}:${normalized}`).digest('hex');
}
