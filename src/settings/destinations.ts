import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';
import type { Destination } from './types.ts';

/** A destination as the table has it: credentials sealed. */
export type DestinationRow = Selectable<Database['destinations']>;

const CONTEXT = 'destinations.credentials';

interface DestinationKey {
  readonly workspaceId: string;
  readonly destinationId: string;
}

/** What is known of a new destination; both JSON parts must have passed the platform's own schemas. */
export interface NewDestination {
  readonly workspaceId: string;
  readonly poolId: string | null;
  readonly platform: string;
  readonly name: string;
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly isActive: boolean;
}

/** Saves a new destination. */
export function saveDestination(
  db: Kysely<Database>,
  vault: Vault,
  destination: NewDestination,
): Promise<DestinationRow> {
  const row = {
    destination_id: buildId(),
    workspace_id: destination.workspaceId,
    pool_id: destination.poolId,
    platform: destination.platform,
    name: destination.name,
    credentials: vault.seal(JSON.stringify(destination.credentials), CONTEXT),
    settings: JSON.stringify(destination.settings),
    is_active: destination.isActive,
  };
  return db.insertInto('destinations').values(row).returningAll().executeTakeFirstOrThrow();
}

/** What may change of a destination; absent fields stay, given JSON replaces the old as a whole. */
export interface DestinationChanges {
  readonly name?: string | undefined;
  readonly credentials?: unknown;
  readonly settings?: unknown;
  readonly isActive?: boolean | undefined;
}

/** Changes a destination of a workspace; undefined if there is none. */
export function updateDestination(
  db: Kysely<Database>,
  vault: Vault,
  { workspaceId, destinationId, changes }: DestinationKey & { readonly changes: DestinationChanges },
): Promise<DestinationRow | undefined> {
  const { credentials, settings } = changes;
  const set = {
    name: changes.name,
    credentials: credentials === undefined ? undefined : vault.seal(JSON.stringify(credentials), CONTEXT),
    settings: settings === undefined ? undefined : JSON.stringify(settings),
    is_active: changes.isActive,
    updated_at: new Date(),
  };
  const update = db.updateTable('destinations').set(set).where('destination_id', '=', destinationId);
  return update.where('workspace_id', '=', workspaceId).returningAll().executeTakeFirst();
}

/** One destination of a workspace. */
export function findDestination(
  db: Kysely<Database>,
  { workspaceId, destinationId }: DestinationKey,
): Promise<DestinationRow | undefined> {
  const query = db.selectFrom('destinations').selectAll().where('destination_id', '=', destinationId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** The destinations that are pools' own pixels, by pool. */
export async function listPoolDestinations(
  db: Kysely<Database>,
  poolIds: readonly string[],
): Promise<ReadonlyMap<string, DestinationRow>> {
  if (poolIds.length === 0) return new Map();
  const rows = await db.selectFrom('destinations').selectAll().where('pool_id', 'in', poolIds).execute();
  return new Map(rows.map((row) => [String(row.pool_id), row]));
}

/** Destinations of a workspace, newest first; pools' own ones only when asked for. */
export function listDestinations(
  db: Kysely<Database>,
  options: PageRequest & {
    readonly workspaceId: string;
    readonly platform?: string | undefined;
    readonly withPools: boolean;
  },
): Promise<DestinationRow[]> {
  const { limit, before, workspaceId, platform, withPools } = options;
  let query = db.selectFrom('destinations').selectAll().where('workspace_id', '=', workspaceId);
  if (!withPools) query = query.where('pool_id', 'is', null);
  if (platform !== undefined) query = query.where('platform', '=', platform);
  if (before) query = query.where('destination_id', '<', before);
  return query.orderBy('destination_id', 'desc').limit(limit).execute();
}

/** Deletes a destination without deliveries; else switches it off. */
export function removeDestination(
  db: Kysely<Database>,
  { workspaceId, destinationId }: DestinationKey,
): Promise<Removal> {
  const remove = db
    .deleteFrom('destinations')
    .where('destination_id', '=', destinationId)
    .where('workspace_id', '=', workspaceId);
  const deactivate = db
    .updateTable('destinations')
    .set({ is_active: false, updated_at: new Date() })
    .where('destination_id', '=', destinationId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}

/** The destination with its credentials in the clear; throws if they were sealed with another key. */
export function readDestination(row: DestinationRow, vault: Vault): Destination {
  const credentials: unknown = JSON.parse(vault.open(row.credentials, CONTEXT));
  return {
    destinationId: row.destination_id,
    workspaceId: row.workspace_id,
    poolId: row.pool_id,
    platform: row.platform,
    name: row.name,
    credentials,
    settings: row.settings,
    isActive: row.is_active,
  };
}
