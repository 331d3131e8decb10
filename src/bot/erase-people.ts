import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/** Takes the person out of the bots: whom they knew, what was said, what is still to be said. */
export async function erasePeople(
  tx: Transaction<Database>,
  erasure: Erasure & { readonly updates: readonly { readonly botId: string; readonly updateId: string }[] },
): Promise<Record<string, number>> {
  const { rows, people, at, updates } = erasure;
  const counts: Record<string, number> = { bot_users: 0, bot_messages: 0, telegram_updates: 0 };
  for (const [telegramUserId, pseudonym] of people) {
    const messages = await sql`
      delete from bot_messages m using bot_users u
      where u.workspace_id = ${rows.workspaceId} and u.telegram_user_id = ${telegramUserId}
        and m.bot_id = u.bot_id and m.chat_id = u.chat_id`.execute(tx);
    const users = await tx
      .updateTable('bot_users')
      .set({ telegram_user_id: pseudonym, chat_id: pseudonym, is_blocked: true, updated_at: at, ...NOTHING })
      .where('workspace_id', '=', rows.workspaceId)
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirst();
    counts.bot_messages = (counts.bot_messages ?? 0) + Number(messages.numAffectedRows ?? 0n);
    counts.bot_users = (counts.bot_users ?? 0) + Number(users.numUpdatedRows);
  }
  counts.broadcast_opt_outs = await eraseOptOuts(tx, erasure);
  for (const { botId, updateId } of updates) {
    const changed = await tx
      .updateTable('telegram_updates')
      .set({ state: 'done', body: null, last_error: null })
      .where('bot_id', '=', botId)
      .where('update_id', '=', updateId)
      .executeTakeFirst();
    counts.telegram_updates = (counts.telegram_updates ?? 0) + Number(changed.numUpdatedRows);
  }
  return { ...counts, bot_starts: await eraseStarts(tx, erasure) };
}

/** How many want no broadcasts stays right; the same person coming back is a new one, who has said nothing yet. */
async function eraseOptOuts(tx: Transaction<Database>, { rows, people }: Erasure): Promise<number> {
  let count = 0;
  for (const [telegramUserId, pseudonym] of people) {
    const { numUpdatedRows } = await tx
      .updateTable('broadcast_opt_outs')
      .set({ telegram_user_id: pseudonym })
      .where('workspace_id', '=', rows.workspaceId)
      .where('telegram_user_id', '=', telegramUserId)
      .executeTakeFirstOrThrow();
    count += Number(numUpdatedRows);
  }
  return count;
}

/** Columns of a bot user that tell who it is, or by which browser it came. */
const NOTHING = {
  ...{ username: null, first_name: null, last_name: null, language_code: null, last_start_payload: null },
  ...{
    fbclid: null,
    gclid: null,
    gbraid: null,
    wbraid: null,
    ttclid: null,
    li_fat_id: null,
    fbp: null,
    fbc: null,
  },
  ...{ ip_address: null, ip_hash: null, user_agent: null, geo_city: null },
} as const;

/** Also where somebody else pressed the person's link: the token is the person's. */
async function eraseStarts(tx: Transaction<Database>, { rows, tokens }: Erasure): Promise<number> {
  if (rows.botUserIds.length > 0) {
    await tx
      .updateTable('bot_starts')
      .set({ payload: null })
      .where('bot_user_id', 'in', [...rows.botUserIds])
      .execute();
  }
  let count = 0;
  for (const [token, pseudonym] of tokens) {
    const starts = await tx
      .updateTable('bot_starts')
      .set({ tracking_token: pseudonym, payload: null })
      .where((where) => where.or([where('tracking_token', '=', token), where('payload', '=', token)]))
      .where('workspace_id', '=', rows.workspaceId)
      .executeTakeFirst();
    count += Number(starts.numUpdatedRows);
    await tx
      .updateTable('bot_users')
      .set({ tracking_session_id: pseudonym })
      .where('tracking_session_id', '=', token)
      .where('workspace_id', '=', rows.workspaceId)
      .execute();
    await tx
      .updateTable('bot_users')
      .set({ last_start_payload: null })
      .where('last_start_payload', '=', token)
      .where('workspace_id', '=', rows.workspaceId)
      .execute();
  }
  return count;
}
