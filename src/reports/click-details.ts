import type { Kysely, Selectable } from 'kysely';
import type { Clicks, Database } from '../io/database.gen.ts';

/** A stored click with its columns' own names; undefined if this workspace has none with that token (yet). */
export async function findClickDetails(
  db: Kysely<Database>,
  workspaceId: string,
  token: string,
): Promise<Selectable<Clicks> | undefined> {
  return db
    .selectFrom('clicks')
    .selectAll()
    .where('tracking_token', '=', token)
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirst();
}
