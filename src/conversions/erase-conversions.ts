import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Takes the person out of its conversions, and its consent back: nothing of it is told any more. */
export async function eraseConversions(
  tx: Transaction<Database>,
  { rows, tokens }: Erasure,
): Promise<Record<string, number>> {
  if (rows.conversionIds.length === 0) return {};
  const changed = await tx
    .updateTable('conversions')
    .set({ consent: 'denied' })
    .where('conversion_id', 'in', [...rows.conversionIds])
    .executeTakeFirst();
  for (const [token, pseudonym] of tokens) {
    await sql`
      update conversions set tracking_token = ${pseudonym}, event_id = replace(event_id, ${token}, ${pseudonym})
      where tracking_token = ${token}`.execute(tx);
  }
  return { conversions: Number(changed.numUpdatedRows) };
}
