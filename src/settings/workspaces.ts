import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { databaseErrorCode, FOREIGN_KEY_VIOLATION, type PageRequest } from './paging.ts';

/** A workspace as the table has it. */
export type WorkspaceRow = Selectable<Database['workspaces']>;

/** What may be said of a new workspace. */
export type NewWorkspace = Omit<Insertable<Database['workspaces']>, 'workspace_id' | 'created_at'>;

/** What may be changed of a workspace. */
export type WorkspaceChanges = Omit<
  Updateable<Database['workspaces']>,
  'workspace_id' | 'created_at' | 'is_root'
>;

/** Saves a new workspace; throws a unique violation if the name is taken. */
export function saveWorkspace(db: Kysely<Database>, workspace: NewWorkspace): Promise<WorkspaceRow> {
  const row = { ...workspace, workspace_id: buildId() };
  return db.insertInto('workspaces').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Changes a workspace; undefined if there is none. */
export function updateWorkspace(
  db: Kysely<Database>,
  workspaceId: string,
  changes: WorkspaceChanges,
): Promise<WorkspaceRow | undefined> {
  if (Object.keys(changes).length === 0) return findWorkspace(db, workspaceId);
  const update = db.updateTable('workspaces').set(changes).where('workspace_id', '=', workspaceId);
  return update.returningAll().executeTakeFirst();
}

/** One workspace by its id. */
export function findWorkspace(db: Kysely<Database>, workspaceId: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** One workspace by its name, which is unique. */
export function findWorkspaceByName(db: Kysely<Database>, name: string): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('name', '=', name).executeTakeFirst();
}

/** The first workspace, whose admins may make others. */
export function findRootWorkspace(db: Kysely<Database>): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspaces').selectAll().where('is_root', '=', true).executeTakeFirst();
}

/** The workspace of the demonstration, if it was ever made. */
export function findDemoWorkspace(db: Kysely<Database>): Promise<WorkspaceRow | undefined> {
  const query = db.selectFrom('workspaces').selectAll().where('is_demo', '=', true);
  return query.orderBy('created_at').limit(1).executeTakeFirst();
}

/** Workspaces, newest first; `only` leaves out all but those ids. */
export function listWorkspaces(
  db: Kysely<Database>,
  options: PageRequest & { readonly only: readonly string[] | null },
): Promise<WorkspaceRow[]> {
  const { limit, before, only } = options;
  let query = db.selectFrom('workspaces').selectAll();
  if (only) query = query.where('workspace_id', 'in', only.length ? only : [null]);
  if (before) query = query.where('workspace_id', '<', before);
  return query.orderBy('workspace_id', 'desc').limit(limit).execute();
}

/** Deletes a workspace that holds nothing; `in_use` if it does, or if it is the first one. */
export async function removeWorkspace(
  db: Kysely<Database>,
  workspaceId: string,
): Promise<'deleted' | 'in_use' | 'unknown'> {
  const row = await findWorkspace(db, workspaceId);
  if (!row) return 'unknown';
  if (row.is_root) return 'in_use';
  try {
    await db.deleteFrom('workspaces').where('workspace_id', '=', workspaceId).execute();
    return 'deleted';
  } catch (error) {
    if (databaseErrorCode(error) === FOREIGN_KEY_VIOLATION) return 'in_use';
    throw error;
  }
}
