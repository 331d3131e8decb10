import { type Kysely, type Selectable, sql } from 'kysely';
import { findCrm } from '../crms/registry.ts';
import { buildId, isId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';

/** A connection as the table has it: credentials sealed. */
export type ConnectionRow = Selectable<Database['crm_connections']>;

/** A connection with its credentials in the clear. Never log or answer one. */
export interface CrmConnection {
  readonly connectionId: string;
  readonly workspaceId: string;
  readonly kind: string;
  readonly name: string;
  /** JSON that the CRM's own schemas have accepted, as `settings`. */
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly isActive: boolean;
  readonly pausedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastReconciledAt: Date | null;
}

const CONTEXT = 'crm_connections.credentials';

interface ConnectionKey {
  readonly workspaceId: string;
  readonly connectionId: string;
}

/** What is known of a new connection; both JSON parts must have passed the CRM's own schemas. */
export interface NewConnection {
  readonly workspaceId: string;
  readonly kind: string;
  readonly name: string;
  readonly credentials: unknown;
  readonly settings: unknown;
  readonly isActive: boolean;
}

/** Saves a new connection. */
export function saveConnection(
  db: Kysely<Database>,
  vault: Vault,
  connection: NewConnection,
): Promise<ConnectionRow> {
  const row = {
    connection_id: buildId(),
    workspace_id: connection.workspaceId,
    kind: connection.kind,
    name: connection.name,
    credentials: vault.seal(JSON.stringify(connection.credentials), CONTEXT),
    settings: JSON.stringify(connection.settings),
    is_active: connection.isActive,
    pushes_leads: findCrm(connection.kind)?.pushesLeads(connection.settings) ?? false,
  };
  return db.insertInto('crm_connections').values(row).returningAll().executeTakeFirstOrThrow();
}

/** What may change of a connection; absent fields stay, given JSON replaces the old as a whole. */
export interface ConnectionChanges {
  readonly name?: string | undefined;
  readonly credentials?: unknown;
  readonly settings?: unknown;
  readonly isActive?: boolean | undefined;
}

/**
 * Changes a connection of a workspace; undefined if there is none. New credentials or settings, and switching it on,
 * end a pause, and what waited is due at once.
 */
export async function updateConnection(
  db: Kysely<Database>,
  vault: Vault,
  { workspaceId, connectionId, changes }: ConnectionKey & { readonly changes: ConnectionChanges },
): Promise<ConnectionRow | undefined> {
  const before = await findConnection(db, { workspaceId, connectionId });
  if (!before) return undefined;
  const { credentials, settings } = changes;
  const endsPause = credentials !== undefined || settings !== undefined || changes.isActive === true;
  const update = db.updateTable('crm_connections').set({
    name: changes.name,
    credentials: credentials === undefined ? undefined : vault.seal(JSON.stringify(credentials), CONTEXT),
    settings: settings === undefined ? undefined : JSON.stringify(settings),
    pushes_leads: settings === undefined ? undefined : (findCrm(before.kind)?.pushesLeads(settings) ?? false),
    is_active: changes.isActive,
    ...(endsPause ? { paused_at: null, pause_reason: null } : {}),
    updated_at: new Date(),
  });
  const row = await update
    .where('connection_id', '=', connectionId)
    .where('workspace_id', '=', workspaceId)
    .returningAll()
    .executeTakeFirst();
  if (row && endsPause) await hastenRows(db, connectionId);
  return row;
}

/** Writes credentials that a vendor has renewed by itself. */
export async function renewCredentials(
  db: Kysely<Database>,
  vault: Vault,
  renewed: { readonly connectionId: string; readonly credentials: unknown },
): Promise<void> {
  await db
    .updateTable('crm_connections')
    .set({ credentials: vault.seal(JSON.stringify(renewed.credentials), CONTEXT) })
    .where('connection_id', '=', renewed.connectionId)
    .execute();
}

/** One connection of a workspace. */
export function findConnection(
  db: Kysely<Database>,
  { workspaceId, connectionId }: ConnectionKey,
): Promise<ConnectionRow | undefined> {
  const query = db.selectFrom('crm_connections').selectAll().where('connection_id', '=', connectionId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** A connection by its id alone, as webhooks name it; undefined also for what is no id. */
export async function findConnectionById(
  db: Kysely<Database>,
  connectionId: string,
): Promise<ConnectionRow | undefined> {
  if (!isId(connectionId)) return undefined;
  const query = db.selectFrom('crm_connections').selectAll().where('connection_id', '=', connectionId);
  return query.executeTakeFirst();
}

/** Connections of a workspace, newest first, below `before` if given. */
export function listConnections(
  db: Kysely<Database>,
  options: {
    readonly workspaceId: string;
    readonly kind?: string | undefined;
    readonly limit: number;
    readonly before: string | undefined;
  },
): Promise<ConnectionRow[]> {
  let query = db.selectFrom('crm_connections').selectAll().where('workspace_id', '=', options.workspaceId);
  if (options.kind !== undefined) query = query.where('kind', '=', options.kind);
  if (options.before) query = query.where('connection_id', '<', options.before);
  return query.orderBy('connection_id', 'desc').limit(options.limit).execute();
}

/** Active connections of all workspaces. */
export function listActiveConnections(db: Kysely<Database>): Promise<ConnectionRow[]> {
  return db
    .selectFrom('crm_connections')
    .selectAll()
    .where('is_active', '=', true)
    .orderBy('connection_id')
    .execute();
}

/** Deletes a connection that nothing was ever owed to; else switches it off. */
export async function removeConnection(
  db: Kysely<Database>,
  { workspaceId, connectionId }: ConnectionKey,
): Promise<'deleted' | 'deactivated' | 'unknown'> {
  const { numDeletedRows } = await db
    .deleteFrom('crm_connections')
    .where('connection_id', '=', connectionId)
    .where('workspace_id', '=', workspaceId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('integrations_log').select('log_id').where('connection_id', '=', connectionId))),
    )
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) return 'deleted';
  const { numUpdatedRows } = await db
    .updateTable('crm_connections')
    .set({ is_active: false, updated_at: new Date() })
    .where('connection_id', '=', connectionId)
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n ? 'deactivated' : 'unknown';
}

/** Stops the work of a connection whose credentials or settings are refused; its queue stays. */
export async function pauseConnection(
  db: Kysely<Database>,
  pause: { readonly connection: CrmConnection; readonly reason: string; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('crm_connections')
    .set({ paused_at: pause.at, pause_reason: pause.reason.slice(0, 500) })
    .where('connection_id', '=', pause.connection.connectionId)
    // A change since then means that the refusal is of what was there before.
    .where('updated_at', '<=', sql<Date>`${pause.connection.updatedAt}::timestamptz + interval '1 ms'`)
    .execute();
}

/** Ends a pause, because the CRM has taken something; what waited is due at once. */
export async function resumeConnection(db: Kysely<Database>, connectionId: string): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('crm_connections')
    .set({ paused_at: null, pause_reason: null })
    .where('connection_id', '=', connectionId)
    .where('paused_at', 'is not', null)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) await hastenRows(db, connectionId);
}

/** Notes up to when the CRM's changes have been asked for. */
export async function recordReconciled(
  db: Kysely<Database>,
  { connectionId, at }: { readonly connectionId: string; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('crm_connections')
    .set({ last_reconciled_at: at })
    .where('connection_id', '=', connectionId)
    .execute();
}

async function hastenRows(db: Kysely<Database>, connectionId: string): Promise<void> {
  await db
    .updateTable('integrations_log')
    .set({ next_attempt_at: sql<Date>`now()` })
    .where('connection_id', '=', connectionId)
    .where('status', '=', 'due')
    .where('next_attempt_at', '>', sql<Date>`now()`)
    .execute();
}

/** The connection with its credentials in the clear; throws if they were sealed with another key. */
export function readConnection(row: ConnectionRow, vault: Vault): CrmConnection {
  const credentials: unknown = JSON.parse(vault.open(row.credentials, CONTEXT));
  return {
    connectionId: row.connection_id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    name: row.name,
    credentials,
    settings: row.settings,
    isActive: row.is_active,
    pausedAt: row.paused_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastReconciledAt: row.last_reconciled_at,
  };
}
