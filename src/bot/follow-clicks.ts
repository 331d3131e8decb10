import { sql } from 'kysely';
import type { ClickFollowers } from '../projections/click-followers.ts';
import { saveClickVerdicts } from './save-verdicts.ts';

/** People in bots carry what their clicks brought; their profiles follow by themselves. */
export const CLICK_FOLLOWERS: ClickFollowers = {
  marked: async (db, tokens) => {
    await saveClickVerdicts(
      db,
      tokens.map((trackingToken) => ({ trackingToken, isBot: true })),
    );
  },
  rehashed: async (db, moves) => {
    const { numAffectedRows = 0n } = await sql`
      update bot_users u set ip_hash = r.new_hash
      from json_to_recordset(${JSON.stringify(moves)}::json) as r(old_hash text, new_hash text)
      where u.ip_hash = r.old_hash`.execute(db);
    return Number(numAffectedRows);
  },
};
