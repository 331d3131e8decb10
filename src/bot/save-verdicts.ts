import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Tells the bot users of some clicks whether their click is taken for a program's; answers how many changed. */
export async function saveClickVerdicts(
  db: Kysely<Database>,
  verdicts: readonly { readonly trackingToken: string; readonly isBot: boolean }[],
): Promise<number> {
  if (verdicts.length === 0) return 0;
  const rows = verdicts.map(({ trackingToken, isBot }) => ({ token: trackingToken, is_bot: isBot }));
  const { numAffectedRows } = await sql`
    update bot_users u set is_bot_detected = r.is_bot, updated_at = now()
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(token text, is_bot boolean)
    where u.tracking_session_id = r.token and u.is_bot_detected is distinct from r.is_bot`.execute(db);
  return Number(numAffectedRows ?? 0);
}
