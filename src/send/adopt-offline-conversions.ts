import type { Kysely } from 'kysely';
import { followLeadConsent, takeOfflineConversions } from '../conversions/offline-conversions.ts';
import type { Database } from '../io/database.gen.ts';

/**
 * Sales of leads become conversions like all others, and go the way of all others. Looked for in the table and not
 * told by whoever makes the row, so that one made by hand with SQL is sent as well.
 */
export async function adoptOfflineConversions(db: Kysely<Database>, now: Date): Promise<void> {
  await db.transaction().execute((tx) => takeOfflineConversions(tx, now));
  await followLeadConsent(db);
}
