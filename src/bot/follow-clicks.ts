import { sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { saveClickVerdicts } from './save-verdicts.ts';

/** Marks the people who came by clicks that are taken for a program's by now; their profiles follow by themselves. */
export async function followMarks(db: Transaction<Database>, tokens: readonly string[]): Promise<void> {
  await saveClickVerdicts(
    db,
    tokens.map((trackingToken) => ({ trackingToken, isBot: true })),
  );
}

/** Gives people in bots the address hashes that a new salt makes. How many changed. */
export async function followHashes(
  db: Transaction<Database>,
  moves: readonly { readonly old_hash: string; readonly new_hash: string }[],
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update bot_users u set ip_hash = r.new_hash
    from json_to_recordset(${JSON.stringify(moves)}::json) as r(old_hash text, new_hash text)
    where u.ip_hash = r.old_hash`.execute(db);
  return Number(numAffectedRows);
}
