import { type Kysely, type Selectable, sql } from 'kysely';
import type { BotUsers, Database } from '../io/database.gen.ts';

/** A bot user as stored; names stay sealed. */
export type BotUserRow = Selectable<BotUsers>;

/** What a list of bot users may be narrowed by. */
export interface BotUserFilter {
  readonly workspaceId: string;
  readonly telegramUserId?: string | undefined;
  readonly botId?: string | undefined;
  readonly trackingToken?: string | undefined;
  /** Only rows after this id, in the order of ids (which is the order of first contact). */
  readonly afterId?: string | undefined;
  readonly limit: number;
}

/** Bot users of a workspace, in the order in which they came. */
export async function listBotUsers(db: Kysely<Database>, filter: BotUserFilter): Promise<BotUserRow[]> {
  let query = db.selectFrom('bot_users').selectAll().where('workspace_id', '=', filter.workspaceId);
  if (filter.telegramUserId !== undefined)
    query = query.where('telegram_user_id', '=', filter.telegramUserId);
  if (filter.botId !== undefined) query = query.where('bot_id', '=', filter.botId);
  if (filter.trackingToken !== undefined)
    query = query.where('tracking_session_id', '=', filter.trackingToken);
  if (filter.afterId !== undefined) query = query.where('id', '>', filter.afterId);
  return query.orderBy('id').limit(filter.limit).execute();
}

/** One bot user of a workspace. */
export async function findBotUser(
  db: Kysely<Database>,
  workspaceId: string,
  id: string,
): Promise<BotUserRow | undefined> {
  return db
    .selectFrom('bot_users')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`id = ${id}::uuid`)
    .executeTakeFirst();
}
