import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What a person said about broadcasts. */
export interface Wish {
  readonly workspaceId: string;
  readonly botId: string;
  readonly telegramUserId: number;
  /** The broadcast under which it was said; null for a command. */
  readonly broadcastId: string | null;
  readonly at: Date;
}

/** Remembers that a person wants no broadcasts of the workspace, in none of its bots. The first word counts. */
export async function saveOptOut(db: Kysely<Database>, wish: Wish): Promise<void> {
  const said = {
    bot_id: wish.botId,
    broadcast_id: wish.broadcastId,
    opted_out_at: wish.at,
    ended_at: null,
  };
  await db
    .insertInto('broadcast_opt_outs')
    .values({ workspace_id: wish.workspaceId, telegram_user_id: String(wish.telegramUserId), ...said })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'telegram_user_id'])
        .doUpdateSet(said)
        .where('broadcast_opt_outs.ended_at', 'is not', null),
    )
    .execute();
}

/** Remembers that the person wants broadcasts again; nothing changes for who never said otherwise. */
export async function endOptOut(db: Kysely<Database>, wish: Wish): Promise<void> {
  await db
    .updateTable('broadcast_opt_outs')
    .set({ ended_at: wish.at })
    .where('workspace_id', '=', wish.workspaceId)
    .where('telegram_user_id', '=', String(wish.telegramUserId))
    .where('ended_at', 'is', null)
    .execute();
}

/** SQL that is true for a person who wants no broadcasts; the two name columns or values of the statement around it. */
export const isOptedOut = (workspaceId: unknown, telegramUserId: unknown) => sql<boolean>`exists (
  select from broadcast_opt_outs o
  where o.workspace_id = ${workspaceId} and o.telegram_user_id = ${telegramUserId} and o.ended_at is null)`;
