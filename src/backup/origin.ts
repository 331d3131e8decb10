import { createHmac } from 'node:crypto';
import type pg from 'pg';

/** The secrets that give a database's sealed and hashed values their meaning. */
export interface BackupSecrets {
  readonly secretKey: string;
  /** The one of before a change of keys, while both open what is sealed. */
  readonly secretKeyPrevious?: string | null;
  readonly ipHashSalt: string;
  /** The salt of before a change, where the operator gives it: backups of before were made with it. */
  readonly ipHashSaltPrevious?: string | null;
}

/** Name and checksum of every migration that was applied, in order. */
export async function readSchema(client: Pick<pg.ClientBase, 'query'>): Promise<[string, string][]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by version',
  );
  return rows.map(({ name, checksum }) => [name, checksum]);
}

/** A text that is the same for the same secrets, and from which they cannot be worked out. */
export function buildSecretsMark({
  secretKey,
  ipHashSalt,
}: Pick<BackupSecrets, 'secretKey' | 'ipHashSalt'>): string {
  return createHmac('sha256', secretKey)
    .update(`rastro backup ${ipHashSalt}`)
    .digest('base64url')
    .slice(0, 22);
}

/** Whether what was sealed and hashed where the mark was made can be used with these secrets. */
export function isMarkOf(mark: string, secrets: BackupSecrets): boolean {
  const { secretKey, secretKeyPrevious, ipHashSalt, ipHashSaltPrevious } = secrets;
  return [secretKey, secretKeyPrevious ?? secretKey].some((key) =>
    [ipHashSalt, ipHashSaltPrevious ?? ipHashSalt].some(
      (salt) => buildSecretsMark({ secretKey: key, ipHashSalt: salt }) === mark,
    ),
  );
}
