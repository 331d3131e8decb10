import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { makeProfiles, markBurstDue } from './make-profiles.ts';
import { findProfileRules } from './profile-rules.ts';

const BATCH = 100;

/**
 * Makes the next profiles that new facts have made due, or that older settings made; answers how many. One machine
 * at a time: profiles of one address look at each other.
 */
export async function runDueProfiles(db: Kysely<Database>): Promise<number> {
  return db.transaction().execute(async (tx) => {
    if (!(await takeTurn(tx))) return 0;
    const due = await claimDue(tx);
    const ids = due.length > 0 ? due : await listOutdated(tx);
    if (ids.length === 0) return 0;
    await markBurstDue(tx, await makeProfiles(tx, ids));
    return ids.length;
  });
}

async function takeTurn(tx: Transaction<Database>): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('profiles')) as mine`.execute(tx);
  return rows[0]?.mine === true;
}

/** Gone from the list with the transaction's end; a fact that comes meanwhile waits for it and lists them again. */
async function claimDue(tx: Transaction<Database>): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    delete from profiles_due where bot_user_id in (
      select bot_user_id from profiles_due order by due_at limit ${BATCH} for update skip locked
    ) returning bot_user_id as id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Two ranges of the index instead of one "differs", which would walk all of it each time. */
async function listOutdated(tx: Transaction<Database>): Promise<string[]> {
  const rules = [...(await findProfileRules(tx)).values()].map((one) => ({
    workspace_id: one.workspaceId,
    rules: one.fingerprint,
  }));
  const { rows } = await sql<{ id: string }>`
    select o.bot_user_id as id
    from json_to_recordset(${JSON.stringify(rules)}::json) as w(workspace_id uuid, rules text)
    cross join lateral (
      (select bot_user_id from user_profiles p
        where p.workspace_id = w.workspace_id and p.rules < w.rules limit ${BATCH})
      union all
      (select bot_user_id from user_profiles p
        where p.workspace_id = w.workspace_id and p.rules > w.rules limit ${BATCH})
    ) o limit ${BATCH}`.execute(tx);
  return rows.map(({ id }) => id);
}
