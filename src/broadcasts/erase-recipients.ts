import type { Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Takes the person out of the broadcasts: how many got one stays right, whom nobody can tell; nothing more is sent. */
export async function eraseRecipients(
  tx: Transaction<Database>,
  { rows, people, at }: Erasure,
): Promise<Record<string, number>> {
  let count = 0;
  for (const [telegramUserId, pseudonym] of people) {
    const own = tx
      .updateTable('broadcast_recipients')
      .where('workspace_id', '=', rows.workspaceId)
      .where('telegram_user_id', '=', telegramUserId);
    await own
      .set({ state: 'skipped', reason: 'erased', settled_at: at })
      .where('state', '=', 'due')
      .execute();
    const erased = await own
      .set({ telegram_user_id: pseudonym, telegram_message_id: null, detail: null })
      .executeTakeFirst();
    count += Number(erased.numUpdatedRows);
  }
  return { broadcast_recipients: count };
}
