import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';

/** A landing page as the table has it. */
export type LandingPageRow = Selectable<Database['landing_pages']>;

/** What a person may say of a page; the address is without query and fragment. */
export interface LandingPageFields {
  readonly pageUrl: string;
  readonly pageName: string | null;
  readonly pageVariant: string | null;
  readonly isControl: boolean;
  readonly abTestId: string | null;
  readonly isActive: boolean;
}

interface PageKey {
  readonly workspaceId: string;
  readonly pageId: string;
}

/** Saves a new page; throws a unique violation if the domain has one of this address (visits make pages too). */
export function saveLandingPage(
  db: Kysely<Database>,
  page: LandingPageFields & { readonly workspaceId: string; readonly domainId: string },
): Promise<LandingPageRow> {
  const row = {
    ...buildColumns(page),
    page_id: buildId(),
    workspace_id: page.workspaceId,
    domain_id: page.domainId,
    page_url: page.pageUrl,
  };
  return db.insertInto('landing_pages').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Changes a page of a workspace; undefined if there is none. Throws a unique violation for a taken address. */
export function updateLandingPage(
  db: Kysely<Database>,
  { workspaceId, pageId, changes }: PageKey & { readonly changes: Optional<LandingPageFields> },
): Promise<LandingPageRow | undefined> {
  const columns = { ...buildColumns(changes), page_url: changes.pageUrl };
  if (Object.values(columns).every((value) => value === undefined)) {
    return findLandingPage(db, { workspaceId, pageId });
  }
  const update = db.updateTable('landing_pages').set(columns).where('page_id', '=', pageId);
  return update.where('workspace_id', '=', workspaceId).returningAll().executeTakeFirst();
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

const buildColumns = (fields: Optional<LandingPageFields>) => ({
  page_name: fields.pageName,
  page_variant: fields.pageVariant,
  is_control: fields.isControl,
  ab_test_id: fields.abTestId,
  is_active: fields.isActive,
});

/** One landing page of a workspace. */
export function findLandingPage(
  db: Kysely<Database>,
  { workspaceId, pageId }: PageKey,
): Promise<LandingPageRow | undefined> {
  const query = db.selectFrom('landing_pages').selectAll().where('page_id', '=', pageId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Landing pages of a workspace, newest first. */
export function listLandingPages(
  db: Kysely<Database>,
  options: PageRequest & {
    readonly workspaceId: string;
    readonly domainId?: string | undefined;
    readonly isActive?: boolean | undefined;
  },
): Promise<LandingPageRow[]> {
  const { limit, before, workspaceId, domainId, isActive } = options;
  let query = db.selectFrom('landing_pages').selectAll().where('workspace_id', '=', workspaceId);
  if (domainId !== undefined) query = query.where('domain_id', '=', domainId);
  if (isActive !== undefined) query = query.where('is_active', '=', isActive);
  if (before) query = query.where('page_id', '<', before);
  return query.orderBy('page_id', 'desc').limit(limit).execute();
}

/** Deletes a page that nobody ever saw; else switches it off. */
export function removeLandingPage(db: Kysely<Database>, { workspaceId, pageId }: PageKey): Promise<Removal> {
  const remove = db
    .deleteFrom('landing_pages')
    .where('page_id', '=', pageId)
    .where('workspace_id', '=', workspaceId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('page_views').select('view_id').where('page_id', '=', pageId))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('leads').select('lead_id').where('page_id', '=', pageId))),
    );
  const deactivate = db
    .updateTable('landing_pages')
    .set({ is_active: false })
    .where('page_id', '=', pageId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}
