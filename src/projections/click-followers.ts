import type { Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { MovedHash } from './visits/move-visitors.ts';

/** Who carries what clicks brought, and follows when that changes: the people in bots. */
export interface ClickFollowers {
  /** These clicks are taken for a program's now, by what came after them. */
  marked(db: Transaction<Database>, tokens: readonly string[]): Promise<void>;
  /** Address hashes have become others. How many rows changed. */
  rehashed(db: Transaction<Database>, moves: readonly MovedHash[]): Promise<number>;
}
