import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type MadeProfile, makeProfiles } from './make-profiles.ts';

/** A bot user's profile of this moment, made and stored on the spot; undefined for a person whom the workspace does not have. */
export async function findProfile(
  db: Kysely<Database>,
  workspaceId: string,
  botUserId: string,
): Promise<MadeProfile | undefined> {
  const owned = await db
    .selectFrom('bot_users')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', botUserId)
    .executeTakeFirst();
  if (!owned) return undefined;
  const [made] = await makeProfiles(db, [botUserId]);
  return made;
}
