import { sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Gives leads the address hashes that a new salt makes. How many changed. */
export async function rehashLeads(
  db: Transaction<Database>,
  moves: readonly { readonly old_hash: string; readonly new_hash: string }[],
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update leads l set ip_hash = r.new_hash
    from json_to_recordset(${JSON.stringify(moves)}::json) as r(old_hash text, new_hash text)
    where l.ip_hash = r.old_hash`.execute(db);
  return Number(numAffectedRows);
}
