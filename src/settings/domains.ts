import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';
import type { SiteDomain } from './types.ts';

/** A domain as the table has it. */
export type DomainRow = Selectable<Database['domains']>;

/** What is known of a new domain; addresses are origins (`https://example.com`). */
export interface NewDomain {
  readonly workspaceId: string;
  readonly name: string;
  readonly origin: string;
  readonly allowedOrigins: readonly string[];
  readonly isActive: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What may change of a domain; absent fields stay. */
export type DomainChanges = {
  readonly [K in Exclude<keyof NewDomain, 'workspaceId'>]?: NewDomain[K] | undefined;
};

interface DomainKey {
  readonly workspaceId: string;
  readonly domainId: string;
}

/** Saves a new domain; throws a unique violation if the workspace has one of this origin. */
export function saveDomain(db: Kysely<Database>, domain: NewDomain): Promise<DomainRow> {
  const row = {
    domain_id: buildId(),
    workspace_id: domain.workspaceId,
    domain_name: domain.name,
    domain_url: domain.origin,
    allowed_origins: [...domain.allowedOrigins],
    is_active: domain.isActive,
    metadata: JSON.stringify(domain.metadata),
  };
  return db.insertInto('domains').values(row).returningAll().executeTakeFirstOrThrow();
}

/** Changes a domain of a workspace; undefined if there is none. Throws a unique violation for a taken origin. */
export function updateDomain(
  db: Kysely<Database>,
  { workspaceId, domainId, changes }: DomainKey & { readonly changes: DomainChanges },
): Promise<DomainRow | undefined> {
  const { allowedOrigins, metadata } = changes;
  const set = {
    domain_name: changes.name,
    domain_url: changes.origin,
    allowed_origins: allowedOrigins && [...allowedOrigins],
    is_active: changes.isActive,
    metadata: metadata && JSON.stringify(metadata),
    updated_at: new Date(),
  };
  const update = db.updateTable('domains').set(set).where('domain_id', '=', domainId);
  return update.where('workspace_id', '=', workspaceId).returningAll().executeTakeFirst();
}

/** One domain of a workspace. */
export function findDomain(
  db: Kysely<Database>,
  { workspaceId, domainId }: DomainKey,
): Promise<DomainRow | undefined> {
  const query = db.selectFrom('domains').selectAll().where('domain_id', '=', domainId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Domains of a workspace, newest first. */
export function listDomains(
  db: Kysely<Database>,
  options: PageRequest & { readonly workspaceId: string; readonly isActive?: boolean | undefined },
): Promise<DomainRow[]> {
  const { limit, before, workspaceId, isActive } = options;
  let query = db.selectFrom('domains').selectAll().where('workspace_id', '=', workspaceId);
  if (isActive !== undefined) query = query.where('is_active', '=', isActive);
  if (before) query = query.where('domain_id', '<', before);
  return query.orderBy('domain_id', 'desc').limit(limit).execute();
}

/** Deletes a domain that nobody ever visited; else switches it off. */
export function removeDomain(db: Kysely<Database>, { workspaceId, domainId }: DomainKey): Promise<Removal> {
  const remove = db
    .deleteFrom('domains')
    .where('domain_id', '=', domainId)
    .where('workspace_id', '=', workspaceId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('sessions').select('session_id').where('domain_id', '=', domainId))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('leads').select('lead_id').where('domain_id', '=', domainId))),
    );
  const deactivate = db
    .updateTable('domains')
    .set({ is_active: false, updated_at: new Date() })
    .where('domain_id', '=', domainId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}

/** The domain as the public edge knows it. */
export function readDomain(row: DomainRow): SiteDomain {
  return {
    domainId: row.domain_id,
    workspaceId: row.workspace_id,
    origins: [...new Set([row.domain_url, ...row.allowed_origins])],
    isActive: row.is_active,
  };
}
