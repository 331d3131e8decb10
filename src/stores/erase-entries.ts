import type { Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Takes the person's clicks out of the store in the database. */
export async function eraseHotEntries(
  tx: Transaction<Database>,
  { tokens }: Erasure,
): Promise<Record<string, number>> {
  if (tokens.size === 0) return {};
  const removed = await tx
    .deleteFrom('tracking_temp')
    .where('tracking_token', 'in', [...tokens.keys()])
    .executeTakeFirst();
  return { tracking_temp: Number(removed.numDeletedRows) };
}
