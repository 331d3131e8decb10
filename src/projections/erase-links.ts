import { sql, type Transaction } from 'kysely';
import type { Erasure } from '../domain/erasure.ts';
import type { Database } from '../io/database.gen.ts';

/**
 * Forgets what the person's address hashes and visitor ids were under salts of before. To be called while the
 * person's rows still name them. Returns how many.
 */
export async function eraseLinks(
  tx: Transaction<Database>,
  { rows }: Pick<Erasure, 'rows'>,
): Promise<Record<string, number>> {
  const own = sql`workspace_id = ${rows.workspaceId}`;
  const { numAffectedRows = 0n } = await sql`
    with hashes as (
      select 'ip' as kind, ip_hash as hash from clicks where tracking_token = any(${[...rows.tokens]}::text[])
      union select 'ip', ip_hash from bot_users where id = any(${[...rows.botUserIds]}::uuid[])
      union select 'ip', ip_hash from leads where lead_id = any(${[...rows.leadIds]}::uuid[])
      union select 'ip', ip_hash from utm_tracking
        where ${own} and session_id = any(${[...rows.sessionIds]}::text[])
      union select 'visitor', visitor_id from sessions
        where ${own} and session_id = any(${[...rows.sessionIds]}::text[]))
    delete from ip_hash_links l using hashes h
    where l.kind = h.kind and (l.old_hash = h.hash or l.new_hash = h.hash)`.execute(tx);
  return { ip_hash_links: Number(numAffectedRows) };
}
