import type { Kysely } from 'kysely';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import { type ApiKeyRow, findActiveKey, hashApiKey, touchApiKey } from './api-keys.ts';

/** Finds out whose key it is; remembers answers for a few seconds. */
export interface KeyVerifier {
  /** Undefined for an unknown or revoked key; rejects if the database is away and the key is not remembered. */
  verify(key: string): Promise<ApiKeyRow | undefined>;
  /** Forgets everything, so that a revocation counts at once in this process. */
  forget(): void;
}

/** A key revoked by another process works at most this long; so does one that is asked for again and again in vain. */
const REMEMBER_MS = 5000;
const MAX_REMEMBERED = 2000;
const TOUCH_EVERY_MS = 60_000;
const MAX_KEY_LENGTH = 512;

interface Remembered {
  readonly row: ApiKeyRow | undefined;
  readonly until: number;
}

/** Makes the verifier of a process. */
export function createKeyVerifier(options: { db: Kysely<Database>; clock: Clock }): KeyVerifier {
  const { db, clock } = options;
  const remembered = new Map<string, Remembered>();
  const touched = new Map<string, number>();

  async function look(hash: Buffer): Promise<ApiKeyRow | undefined> {
    const row = await findActiveKey(db, hash);
    if (row && clock.now() - (touched.get(row.key_id) ?? 0) > TOUCH_EVERY_MS) {
      touched.set(row.key_id, clock.now());
      await touchApiKey(db, row.key_id, new Date(clock.now()));
    }
    return row;
  }

  async function verify(key: string): Promise<ApiKeyRow | undefined> {
    if (key.length === 0 || key.length > MAX_KEY_LENGTH) return undefined;
    const hash = hashApiKey(key);
    const id = hash.toString('base64');
    const known = remembered.get(id);
    if (known && known.until > clock.now()) return known.row;
    const row = await look(hash);
    remembered.delete(id);
    remembered.set(id, { row, until: clock.now() + REMEMBER_MS });
    const oldest = remembered.keys().next();
    if (remembered.size > MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
    return row;
  }

  return { verify, forget: () => remembered.clear() };
}
