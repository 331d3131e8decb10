import type { Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Forgets which deals of CRMs are the person, and what was told about it; that something was told stays. */
export async function eraseCrmRecords(
  tx: Transaction<Database>,
  { rows, at, logIds }: Erasure & { readonly logIds: readonly string[] },
): Promise<Record<string, number>> {
  const ids = [...rows.leadIds];
  let deals = 0n;
  if (ids.length > 0) {
    const removed = await tx.deleteFrom('crm_deals').where('lead_id', 'in', ids).executeTakeFirst();
    deals = removed.numDeletedRows;
    await tx
      .updateTable('integrations_log')
      .set({ status: 'ignored', processed_at: at })
      .where('lead_id', 'in', ids)
      .where('status', '=', 'due')
      .execute();
  }
  if (ids.length === 0 && logIds.length === 0) return {};
  const log = await tx
    .updateTable('integrations_log')
    .set({ request_data: null, response_data: null, error_message: null, external_id: null, body: null })
    .set({ progress: '{}' })
    .where((where) =>
      where.or([
        ...(ids.length > 0 ? [where('lead_id', 'in', ids)] : []),
        ...(logIds.length > 0 ? [where('log_id', 'in', [...logIds])] : []),
      ]),
    )
    .executeTakeFirst();
  return { crm_deals: Number(deals), integrations_log: Number(log.numUpdatedRows) };
}
