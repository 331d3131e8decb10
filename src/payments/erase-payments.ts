import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/**
 * Takes the person out of its payments. The payments themselves stay, with amount, product, times and the gateway's
 * ids: tax law wants them kept.
 */
export async function erasePayments(
  tx: Transaction<Database>,
  { rows, people, tokens, at }: Erasure,
): Promise<Record<string, number>> {
  let payments = 0;
  for (const [telegramUserId, pseudonym] of people) {
    const changed = await tx
      .updateTable('payments')
      .set({ customer_user_id: pseudonym, chat_id: pseudonym, language_code: null, updated_at: at })
      .where('customer_user_id', '=', telegramUserId)
      .where('workspace_id', '=', rows.workspaceId)
      .executeTakeFirst();
    payments += Number(changed.numUpdatedRows);
  }
  if (rows.paymentIds.length > 0) {
    await tx
      .updateTable('payments')
      .set({ fbclid: null, fbp: null, fbc: null, pageview_event_id: null })
      .where('id', 'in', [...rows.paymentIds])
      .execute();
  }
  for (const [token, pseudonym] of tokens) {
    await tx
      .updateTable('payments')
      .set({ tracking_token: pseudonym, pageview_event_id: null })
      .where('tracking_token', '=', token)
      .execute();
  }
  return { payments, gateway_webhooks: await emptyWebhooks(tx, rows.paymentIds) };
}

/** They hold the payer's name and CPF; which charge they were of is found by our id or by the gateway's. */
async function emptyWebhooks(tx: Transaction<Database>, paymentIds: readonly string[]): Promise<number> {
  if (paymentIds.length === 0) return 0;
  const emptied = await sql`
    update gateway_webhooks w set body = '',
      state = case w.state when 'due' then 'ignored' else w.state end,
      outcome = case w.state when 'due' then 'erased' else w.outcome end
    from payments p
    where p.id = any(${[...paymentIds]}::uuid[]) and w.account_id = p.account_id
      and (w.payment_id = p.id or p.gateway_charge_id = any(w.charge_ids)) and length(w.body) > 0`.execute(
    tx,
  );
  return Number(emptied.numAffectedRows ?? 0n);
}
