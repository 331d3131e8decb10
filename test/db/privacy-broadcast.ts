import { saveOptOut } from '../../src/bot/opt-outs.ts';
import { saveBroadcast } from '../../src/broadcasts/broadcasts.ts';
import type { OpenTestDatabase } from '../support/database.ts';

/** A person who got a broadcast, is due in another one, and wants no more. */
export async function liveBroadcasts(
  { db, workspaceId, botId }: { db: OpenTestDatabase['db']; workspaceId: string; botId: string },
  person: { readonly telegramId: number; readonly botUserId: string },
): Promise<void> {
  for (const state of ['sent', 'due'] as const) {
    const { broadcast_id } = await saveBroadcast(db, workspaceId, { name: 'Promoção', bot_ids: [botId] });
    const said =
      state === 'sent' ? { telegram_message_id: '77', detail: `said to ${person.telegramId}` } : {};
    await db
      .insertInto('broadcast_recipients')
      .values({
        ...{
          broadcast_id,
          workspace_id: workspaceId,
          bot_id: botId,
          bot_user_id: person.botUserId,
          state,
          ...said,
        },
        ...{ telegram_user_id: String(person.telegramId), settled_at: state === 'sent' ? new Date() : null },
      })
      .execute();
  }
  const { telegramId: telegramUserId } = person;
  await saveOptOut(db, { workspaceId, botId, telegramUserId, broadcastId: null, at: new Date() });
}
