import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Database } from './database.gen.ts';
import type { Vault } from './vault.ts';

/** Context of the sealed salts. */
export const IP_SALT_CONTEXT = 'ip_salts.secret';

/** The salts of address hashes at a moment. */
export interface IpSalts {
  /** New facts are hashed with it. */
  readonly current: string;
  /** Those of before whose overlap has not ended, the newest first. */
  readonly previous: readonly string[];
}

/** What reads the salts: the vault that sealed them, and the one that this process was started with. */
export interface IpSaltSource {
  readonly vault: Pick<Vault, 'open'>;
  /** IP_HASH_SALT. */
  readonly configured: string;
}

type Row = Selectable<Database['ip_salts']>;

/** Tells which salt it is, and nothing of it. */
export const buildSaltFingerprint = (salt: string): string =>
  createHash('sha256').update(`rastro ip salt ${salt}`).digest('hex').slice(0, 16);

/**
 * The salts that hold now, on every machine: the one of the last change, also where a process still has the one of
 * before. A configured salt that no change brought holds by itself, and matches nothing of before.
 */
export async function loadIpSalts(db: Kysely<Database>, source: IpSaltSource): Promise<IpSalts> {
  const rows = await db.selectFrom('ip_salts').selectAll().execute();
  if (rows.length === 0) return { current: source.configured, previous: [] };
  const now = Date.now();
  const current = chooseCurrent(rows, source);
  const overlapping = rows
    .filter((row) => row.active_to === null || (row.overlap_until?.getTime() ?? 0) > now)
    .sort((a, b) => b.active_from.getTime() - a.active_from.getTime())
    .flatMap((row) => openSalt(row, source) ?? []);
  return { current, previous: overlapping.filter((salt) => salt !== current) };
}

function chooseCurrent(rows: readonly Row[], source: IpSaltSource): string {
  const known = buildSaltFingerprint(source.configured);
  const isKnown = rows.some((row) => row.fingerprint === known);
  const inUse = rows.find((row) => row.active_to === null);
  const salt = isKnown && inUse !== undefined ? openSalt(inUse, source) : null;
  return salt ?? source.configured;
}

/** Null if it was destroyed, or sealed with a SECRET_KEY that is gone: hashing goes on without it. */
function openSalt({ fingerprint, secret }: Row, { vault, configured }: IpSaltSource): string | null {
  if (fingerprint === buildSaltFingerprint(configured)) return configured;
  if (secret === null) return null;
  try {
    return vault.open(secret, IP_SALT_CONTEXT);
  } catch {
    return null;
  }
}
