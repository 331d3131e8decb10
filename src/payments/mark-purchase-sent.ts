import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Notes that Meta has taken the Purchase of these payments. */
export async function markPurchaseSent(
  db: Kysely<Database>,
  sent: { readonly paymentIds: readonly string[]; readonly at: Date },
): Promise<void> {
  if (sent.paymentIds.length === 0) return;
  await db
    .updateTable('payments')
    .set({ meta_purchase_sent: true, updated_at: sent.at })
    .where('id', 'in', sent.paymentIds)
    .where('meta_purchase_sent', '=', false)
    .execute();
}
