import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { PageRequest } from '../settings/paging.ts';
import type { BroadcastContent } from './content.ts';

/** A template as the table has it. */
export type TemplateRow = Selectable<Database['broadcast_templates']>;

interface TemplateKey {
  readonly workspaceId: string;
  readonly templateId: string;
}

/** Saves a new template; throws a unique violation if the workspace has one of that name. */
export function saveTemplate(
  db: Kysely<Database>,
  template: { readonly workspaceId: string; readonly name: string; readonly content: BroadcastContent },
): Promise<TemplateRow> {
  const { workspaceId, name, content } = template;
  const row = { template_id: buildId(), workspace_id: workspaceId, name, content: JSON.stringify(content) };
  return db.insertInto('broadcast_templates').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Changes a template; broadcasts that were started keep what they say. Undefined if there is none. */
export function updateTemplate(
  db: Kysely<Database>,
  key: TemplateKey,
  changes: { readonly name?: string | undefined; readonly content?: BroadcastContent | undefined },
): Promise<TemplateRow | undefined> {
  const { name, content } = changes;
  return db
    .updateTable('broadcast_templates')
    .set({ name, content: content && JSON.stringify(content), updated_at: new Date() })
    .where('template_id', '=', key.templateId)
    .where('workspace_id', '=', key.workspaceId)
    .returningAll()
    .executeTakeFirst();
}

/** One template of a workspace. */
export function findTemplate(
  db: Kysely<Database>,
  { workspaceId, templateId }: TemplateKey,
): Promise<TemplateRow | undefined> {
  const query = db.selectFrom('broadcast_templates').selectAll().where('template_id', '=', templateId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Templates of a workspace, newest first. */
export function listTemplates(
  db: Kysely<Database>,
  { workspaceId, before, limit }: PageRequest & { readonly workspaceId: string },
): Promise<TemplateRow[]> {
  let query = db.selectFrom('broadcast_templates').selectAll().where('workspace_id', '=', workspaceId);
  if (before !== undefined) query = query.where('template_id', '<', before);
  return query.orderBy('template_id', 'desc').limit(limit).execute();
}

/** Deletes a template; drafts that name it need another one. False if there is none. */
export async function removeTemplate(
  db: Kysely<Database>,
  { workspaceId, templateId }: TemplateKey,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('broadcast_templates')
    .where('template_id', '=', templateId)
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
