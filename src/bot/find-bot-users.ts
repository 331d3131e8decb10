import { type Kysely, type Selectable, sql } from 'kysely';
import type { BotUsers, Database } from '../io/database.gen.ts';
import { isSuspicious } from '../profiles/suspicion-filter.ts';

/** A bot user as stored, with the scores; names stay sealed. */
export type BotUserRow = Selectable<BotUsers> & {
  /** Null while the profile is still to be made, as the two after it. */
  readonly bot_score: number | null;
  readonly fraud_score: number | null;
  readonly is_suspicious: boolean | null;
};

/** What a list of bot users may be narrowed by. */
export interface BotUserFilter {
  readonly workspaceId: string;
  readonly telegramUserId?: string | undefined;
  readonly botId?: string | undefined;
  readonly trackingToken?: string | undefined;
  /** Only suspicious people, or only others. */
  readonly suspicious?: boolean | undefined;
  /** Only rows after this id, in the order of ids (which is the order of first contact). */
  readonly afterId?: string | undefined;
  readonly limit: number;
}

function select(db: Kysely<Database>, workspaceId: string) {
  return db
    .selectFrom('bot_users')
    .leftJoin('user_profiles', 'user_profiles.bot_user_id', 'bot_users.id')
    .selectAll('bot_users')
    .select(['bot_score', 'fraud_score', 'is_suspicious'])
    .where('bot_users.workspace_id', '=', workspaceId);
}

/** Bot users of a workspace, in the order in which they came. */
export async function listBotUsers(db: Kysely<Database>, filter: BotUserFilter): Promise<BotUserRow[]> {
  let query = select(db, filter.workspaceId);
  if (filter.telegramUserId !== undefined)
    query = query.where('telegram_user_id', '=', filter.telegramUserId);
  if (filter.botId !== undefined) query = query.where('bot_id', '=', filter.botId);
  if (filter.trackingToken !== undefined)
    query = query.where('tracking_session_id', '=', filter.trackingToken);
  if (filter.suspicious !== undefined)
    query = query.where(isSuspicious('bot_user', 'bot_users.id'), filter.suspicious ? 'is' : 'is not', true);
  if (filter.afterId !== undefined) query = query.where('id', '>', filter.afterId);
  return query.orderBy('id').limit(filter.limit).execute();
}

/** One bot user of a workspace. */
export async function findBotUser(
  db: Kysely<Database>,
  workspaceId: string,
  id: string,
): Promise<BotUserRow | undefined> {
  return select(db, workspaceId).where(sql<boolean>`id = ${id}::uuid`).executeTakeFirst();
}
