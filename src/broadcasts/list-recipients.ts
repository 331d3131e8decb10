import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { RecipientState } from './broadcast-row.ts';

/** What became of one person, as the table has it. */
export type RecipientRow = Selectable<Database['broadcast_recipients']>;

/** Which people of a broadcast are asked for, in the order in which they first wrote to a bot. */
export interface RecipientQuestion {
  readonly workspaceId: string;
  readonly broadcastId: string;
  readonly state?: RecipientState | undefined;
  readonly reason?: string | undefined;
  /** Only those after this bot user. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The people of a broadcast, each with the result. */
export function listRecipients(db: Kysely<Database>, question: RecipientQuestion): Promise<RecipientRow[]> {
  const { workspaceId, broadcastId, state, reason, after, limit } = question;
  let query = db
    .selectFrom('broadcast_recipients')
    .selectAll()
    .where('broadcast_id', '=', broadcastId)
    .where('workspace_id', '=', workspaceId);
  if (state !== undefined) query = query.where('state', '=', state);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (after !== undefined) query = query.where('bot_user_id', '>', after);
  return query.orderBy('bot_user_id').limit(limit).execute();
}
