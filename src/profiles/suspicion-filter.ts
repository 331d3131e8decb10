import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

const TABLES = { bot_user: ['user_profiles', 'bot_user_id'], lead: ['lead_profiles', 'lead_id'] } as const;

/**
 * Whether the bot user or the lead whose id stands in `column` (`bot_users.id`) is suspicious, as a condition of a
 * query; one whose score is still to come is not.
 */
export function isSuspicious(subject: keyof typeof TABLES, column: string): RawBuilder<boolean> {
  const [table, key] = TABLES[subject];
  return sql<boolean>`exists (select from ${sql.table(table)} as suspect
    where ${sql.ref(`suspect.${key}`)} = ${sql.ref(column)} and suspect.is_suspicious)`;
}

/** Whether a person is suspicious and the workspace keeps such people out of what ad platforms are told. */
export async function isKeptOut(
  db: Kysely<Database>,
  { workspaceId, botUserId }: { readonly workspaceId: string; readonly botUserId: string | null },
): Promise<boolean> {
  if (botUserId === null) return false;
  const row = await db
    .selectFrom('workspaces')
    .innerJoin('user_profiles', 'user_profiles.workspace_id', 'workspaces.workspace_id')
    .select('user_profiles.bot_user_id')
    .where('workspaces.workspace_id', '=', workspaceId)
    .where('workspaces.keep_suspicious_out', '=', true)
    .where('user_profiles.bot_user_id', '=', botUserId)
    .where('user_profiles.is_suspicious', '=', true)
    .executeTakeFirst();
  return row !== undefined;
}
