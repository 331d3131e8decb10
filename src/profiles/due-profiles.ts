import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { makeLeadProfiles } from './make-lead-profiles.ts';
import { makeProfiles, markBurstDue } from './make-profiles.ts';
import { findProfileRules } from './profile-rules.ts';

const BATCH = 100;

/** Whose profiles: where they stand, who is due, and how they are made. */
interface Subjects {
  readonly profiles: 'user_profiles' | 'lead_profiles';
  readonly due: 'profiles_due' | 'lead_profiles_due';
  readonly key: 'bot_user_id' | 'lead_id';
  make(tx: Transaction<Database>, ids: readonly string[]): Promise<void>;
}

const PEOPLE: Subjects = {
  profiles: 'user_profiles',
  due: 'profiles_due',
  key: 'bot_user_id',
  make: async (tx, ids) => markBurstDue(tx, await makeProfiles(tx, ids)),
};
const LEADS: Subjects = {
  profiles: 'lead_profiles',
  due: 'lead_profiles_due',
  key: 'lead_id',
  make: makeLeadProfiles,
};

/**
 * Makes the next profiles that new facts have made due, or that older settings made, of bot users and of leads;
 * answers how many. One machine at a time: profiles of one address look at each other.
 */
export async function runDueProfiles(db: Kysely<Database>): Promise<number> {
  return (await runDue(db, PEOPLE)) + (await runDue(db, LEADS));
}

function runDue(db: Kysely<Database>, subjects: Subjects): Promise<number> {
  return db.transaction().execute(async (tx) => {
    if (!(await takeTurn(tx, subjects))) return 0;
    const due = await claimDue(tx, subjects);
    const ids = due.length > 0 ? due : await listOutdated(tx, subjects);
    if (ids.length > 0) await subjects.make(tx, ids);
    return ids.length;
  });
}

async function takeTurn(tx: Transaction<Database>, { profiles }: Subjects): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtext(${profiles})) as mine`.execute(tx);
  return rows[0]?.mine === true;
}

/** Gone from the list with the transaction's end; a fact that comes meanwhile waits for it and lists them again. */
async function claimDue(tx: Transaction<Database>, subjects: Subjects): Promise<string[]> {
  const [due, key] = [sql.table(subjects.due), sql.ref(subjects.key)];
  const { rows } = await sql<{ id: string }>`
    delete from ${due} where ${key} in (
      select ${key} from ${due} order by due_at limit ${BATCH} for update skip locked
    ) returning ${key} as id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Two ranges of the index instead of one "differs", which would walk all of it each time. */
async function listOutdated(tx: Transaction<Database>, subjects: Subjects): Promise<string[]> {
  const [profiles, key] = [sql.table(subjects.profiles), sql.ref(subjects.key)];
  const rules = [...(await findProfileRules(tx)).values()].map((one) => ({
    workspace_id: one.workspaceId,
    rules: one.fingerprint,
  }));
  const { rows } = await sql<{ id: string }>`
    select o.id
    from json_to_recordset(${JSON.stringify(rules)}::json) as w(workspace_id uuid, rules text)
    cross join lateral (
      (select ${key} as id from ${profiles} p
        where p.workspace_id = w.workspace_id and p.rules < w.rules limit ${BATCH})
      union all
      (select ${key} as id from ${profiles} p
        where p.workspace_id = w.workspace_id and p.rules > w.rules limit ${BATCH})
    ) o limit ${BATCH}`.execute(tx);
  return rows.map(({ id }) => id);
}
