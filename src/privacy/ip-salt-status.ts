import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildSaltFingerprint } from '../io/ip-salts.ts';
import { listSalts } from './ip-salt-switch.ts';

/** Where the salts of address hashes stand; times are RFC 3339. */
export interface SaltStatus {
  /** The last change; null = there was none. */
  readonly changed_at: string | null;
  /** Whether what is stored has been hashed anew. */
  readonly is_complete: boolean;
  /** Whether this process was started with the salt in use. */
  readonly is_configured_in_use: boolean;
  /** Whether the salt that it was started with has ever been in use. */
  readonly is_configured_known: boolean;
  /** Newest first. */
  readonly previous: readonly {
    readonly overlap_until: string | null;
    readonly destroyed_at: string | null;
    readonly is_overdue: boolean;
  }[];
  readonly links: { readonly known: number; readonly waiting: number };
}

/** Reads where the salts stand, for a process that was started with `configured`. */
export async function findSaltStatus(db: Kysely<Database>, configured: string): Promise<SaltStatus> {
  const rows = await listSalts(db);
  const inUse = rows.find((row) => row.active_to === null);
  const known = rows.find((row) => row.fingerprint === buildSaltFingerprint(configured));
  const { rows: counts } = await sql<{ known: number; waiting: number }>`
    select count(*) filter (where new_hash is not null)::int as known,
      count(*) filter (where new_hash is null)::int as waiting from ip_hash_links`.execute(db);
  return {
    changed_at: inUse?.active_from.toISOString() ?? null,
    is_complete: inUse === undefined || inUse.rehashed_at !== null,
    is_configured_in_use: inUse === undefined || known === inUse,
    is_configured_known: inUse === undefined || known !== undefined,
    previous: rows
      .filter((row) => row.active_to !== null)
      .map(({ overlap_until, destroyed_at, secret }) => ({
        overlap_until: overlap_until?.toISOString() ?? null,
        destroyed_at: destroyed_at?.toISOString() ?? null,
        is_overdue: secret !== null && (overlap_until?.getTime() ?? 0) < Date.now(),
      })),
    links: counts[0] ?? { known: 0, waiting: 0 },
  };
}
