import { type RawBuilder, sql } from 'kysely';

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
