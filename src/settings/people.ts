import type { Kysely } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';

/** What a person may do in a workspace: an owner everything, a member no keys and no people. */
export type Role = 'owner' | 'member';

/** A person to be made; `passwordHash` as the sign-in makes it. */
export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
}

/** E-mail addresses are compared in this form. */
export const readEmail = (email: string): string => email.trim().toLowerCase();

/** Saves a person who signs in with e-mail and password; throws a unique violation if the e-mail is taken. */
export async function savePerson(db: Kysely<Database>, person: NewPerson): Promise<string> {
  const id = buildId();
  const now = new Date();
  const user = { id, name: person.name, email: readEmail(person.email), email_verified: true };
  await db.insertInto('users').values(user).execute();
  const account = {
    id: buildId(),
    account_id: id,
    provider_id: 'credential',
    user_id: id,
    password: person.passwordHash,
    updated_at: now,
  };
  await db.insertInto('user_accounts').values(account).execute();
  return id;
}

/** Gives a person another password and ends all their sessions. */
export async function savePassword(
  db: Kysely<Database>,
  person: { readonly userId: string; readonly passwordHash: string },
): Promise<void> {
  const update = db
    .updateTable('user_accounts')
    .set({ password: person.passwordHash, updated_at: new Date() });
  await update.where('user_id', '=', person.userId).where('provider_id', '=', 'credential').execute();
  await db.deleteFrom('user_sessions').where('user_id', '=', person.userId).execute();
}

/** The id of the person with this e-mail. */
export async function findPersonId(db: Kysely<Database>, email: string): Promise<string | undefined> {
  const query = db.selectFrom('users').select('id').where('email', '=', readEmail(email));
  return (await query.executeTakeFirst())?.id;
}

/** Whether anybody can sign in at all. */
export async function hasPeople(db: Kysely<Database>): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Gives a person a role in a workspace, or another one than before. */
export async function saveMembership(
  db: Kysely<Database>,
  membership: { readonly workspaceId: string; readonly userId: string; readonly role: Role },
): Promise<void> {
  const { workspaceId, userId, role } = membership;
  const insert = db.insertInto('memberships').values({ workspace_id: workspaceId, user_id: userId, role });
  await insert
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ role }))
    .execute();
}

/** The workspaces of a person, the one joined first at the beginning. */
export async function listMemberships(
  db: Kysely<Database>,
  userId: string,
): Promise<{ workspaceId: string; role: Role }[]> {
  const query = db.selectFrom('memberships').select(['workspace_id', 'role']).where('user_id', '=', userId);
  const rows = await query.orderBy('created_at').orderBy('workspace_id').execute();
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    role: row.role === 'owner' ? 'owner' : 'member',
  }));
}
