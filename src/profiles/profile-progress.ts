import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findProfileRules } from './profile-rules.ts';

/** How far the profiles of some people, or of leads, are. */
export interface Progress {
  /** Profiles there are, and people without one. */
  readonly total: number;
  /** Still to be made anew: of newer facts, or by older settings. */
  readonly outstanding: number;
}

/** How far profiles follow the facts and the settings: of one workspace, or of all (null). */
export async function findProfileProgress(
  db: Kysely<Database>,
  workspaceId: string | null,
): Promise<{ readonly botUsers: Progress; readonly leads: Progress }> {
  const found = await findProfileRules(db, workspaceId === null ? undefined : [workspaceId]);
  const rules = [...found.values()].map((one) => ({ workspace_id: one.workspaceId, rules: one.fingerprint }));
  return {
    botUsers: await countProgress(db, rules, {
      profiles: 'user_profiles',
      due: 'profiles_due',
      key: 'bot_user_id',
      owner: sql`(select workspace_id from bot_users where id = d.bot_user_id)`,
    }),
    leads: await countProgress(db, rules, {
      profiles: 'lead_profiles',
      due: 'lead_profiles_due',
      key: 'lead_id',
      owner: sql`(select workspace_id from leads where lead_id = d.lead_id limit 1)`,
    }),
  };
}

interface Counted {
  readonly profiles: string;
  readonly due: string;
  readonly key: string;
  readonly owner: ReturnType<typeof sql>;
}

async function countProgress(
  db: Kysely<Database>,
  rules: readonly { readonly workspace_id: string; readonly rules: string }[],
  { profiles, due, key, owner }: Counted,
): Promise<Progress> {
  const [id, own] = [sql.ref(key), sql.table(profiles)];
  const { rows } = await sql<{ made: number; outdated: number; due: number; fresh: number }>`
    with w as (select * from json_to_recordset(${JSON.stringify(rules)}::json) as r(workspace_id uuid, rules text)),
    waiting as (select d.${id} as id from ${sql.table(due)} d where ${owner} in (select workspace_id from w))
    select (select count(*)::int from ${own} p join w using (workspace_id)) as made,
      (select count(*)::int from ${own} p join w using (workspace_id)
        where p.rules <> w.rules and p.${id} not in (select id from waiting)) as outdated,
      (select count(*)::int from waiting) as due,
      (select count(*)::int from waiting where id not in (select ${id} from ${own})) as fresh`.execute(db);
  const { made = 0, outdated = 0, due: waiting = 0, fresh = 0 } = rows[0] ?? {};
  return { total: made + fresh, outstanding: outdated + waiting };
}
