import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { type PageRequest, type Removal, removeOrDeactivate } from './paging.ts';
import type { GatewayAccount } from './types.ts';

/** An account as the table has it: credentials sealed. */
export type GatewayAccountRow = Selectable<Database['gateway_accounts']>;

const CONTEXT = 'gateway_accounts.credentials';

interface AccountKey {
  readonly workspaceId: string;
  readonly accountId: string;
}

/** What is known of a new account; `credentials` must have passed the gateway's own schema. */
export interface NewGatewayAccount {
  readonly workspaceId: string;
  readonly gateway: string;
  readonly name: string;
  readonly credentials: unknown;
  readonly isDefault: boolean;
}

/** Saves a new account; the first active one of a workspace becomes its default. */
export function saveGatewayAccount(
  db: Kysely<Database>,
  vault: Vault,
  account: NewGatewayAccount,
): Promise<GatewayAccountRow> {
  return db.transaction().execute(async (trx) => {
    await lockWorkspace(trx, account.workspaceId);
    const isDefault = account.isDefault || !(await hasDefault(trx, account.workspaceId));
    if (isDefault) await clearDefault(trx, account.workspaceId);
    const row = {
      account_id: buildId(),
      workspace_id: account.workspaceId,
      gateway: account.gateway,
      name: account.name,
      credentials: vault.seal(JSON.stringify(account.credentials), CONTEXT),
      is_default: isDefault,
    };
    return trx.insertInto('gateway_accounts').values(row).returningAll().executeTakeFirstOrThrow();
  });
}

/** What may change of an account; absent fields stay. `isDefault: false` leaves the workspace without a default. */
export interface GatewayAccountChanges {
  readonly name?: string | undefined;
  readonly credentials?: unknown;
  readonly isDefault?: boolean | undefined;
  readonly isActive?: boolean | undefined;
}

/** Changes an account of a workspace and moves the default flag; undefined if there is none. */
export function updateGatewayAccount(
  db: Kysely<Database>,
  vault: Vault,
  { workspaceId, accountId, changes }: AccountKey & { readonly changes: GatewayAccountChanges },
): Promise<GatewayAccountRow | undefined> {
  const { credentials } = changes;
  const set = {
    name: changes.name,
    credentials: credentials === undefined ? undefined : vault.seal(JSON.stringify(credentials), CONTEXT),
    is_default: changes.isDefault,
    is_active: changes.isActive,
    updated_at: new Date(),
  };
  return db.transaction().execute(async (trx) => {
    await lockWorkspace(trx, workspaceId);
    if (!(await findGatewayAccount(trx, { workspaceId, accountId }))) return undefined;
    if (changes.isDefault) await clearDefault(trx, workspaceId);
    const update = trx.updateTable('gateway_accounts').set(set).where('account_id', '=', accountId);
    return update.returningAll().executeTakeFirst();
  });
}

/** Two changes of the default at once would meet at the unique index; they go one after the other. */
async function lockWorkspace(db: Kysely<Database>, workspaceId: string): Promise<void> {
  const query = db.selectFrom('workspaces').select('workspace_id').where('workspace_id', '=', workspaceId);
  await query.forUpdate().execute();
}

async function hasDefault(db: Kysely<Database>, workspaceId: string): Promise<boolean> {
  const query = db
    .selectFrom('gateway_accounts')
    .select('account_id')
    .where('workspace_id', '=', workspaceId);
  const row = await query.where('is_default', '=', true).where('is_active', '=', true).executeTakeFirst();
  return row !== undefined;
}

async function clearDefault(db: Kysely<Database>, workspaceId: string): Promise<void> {
  const update = db.updateTable('gateway_accounts').set({ is_default: false });
  await update.where('workspace_id', '=', workspaceId).where('is_default', '=', true).execute();
}

/** One account of a workspace. */
export function findGatewayAccount(
  db: Kysely<Database>,
  { workspaceId, accountId }: AccountKey,
): Promise<GatewayAccountRow | undefined> {
  const query = db.selectFrom('gateway_accounts').selectAll().where('account_id', '=', accountId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Accounts of a workspace, newest first. */
export function listGatewayAccounts(
  db: Kysely<Database>,
  options: PageRequest & { readonly workspaceId: string; readonly gateway?: string | undefined },
): Promise<GatewayAccountRow[]> {
  const { limit, before, workspaceId, gateway } = options;
  let query = db.selectFrom('gateway_accounts').selectAll().where('workspace_id', '=', workspaceId);
  if (gateway !== undefined) query = query.where('gateway', '=', gateway);
  if (before) query = query.where('account_id', '<', before);
  return query.orderBy('account_id', 'desc').limit(limit).execute();
}

/** Deletes an account without payments; else switches it off, and it is no longer the default. */
export function removeGatewayAccount(
  db: Kysely<Database>,
  { workspaceId, accountId }: AccountKey,
): Promise<Removal> {
  const remove = db
    .deleteFrom('gateway_accounts')
    .where('account_id', '=', accountId)
    .where('workspace_id', '=', workspaceId);
  const deactivate = db
    .updateTable('gateway_accounts')
    .set({ is_active: false, is_default: false, updated_at: new Date() })
    .where('account_id', '=', accountId)
    .where('workspace_id', '=', workspaceId);
  return removeOrDeactivate({
    remove: () => remove.executeTakeFirstOrThrow(),
    deactivate: () => deactivate.executeTakeFirstOrThrow(),
  });
}

/** The account with its credentials in the clear; throws if they were sealed with another key. */
export function readGatewayAccount(row: GatewayAccountRow, vault: Vault): GatewayAccount {
  const credentials: unknown = JSON.parse(vault.open(row.credentials, CONTEXT));
  return {
    accountId: row.account_id,
    workspaceId: row.workspace_id,
    gateway: row.gateway,
    name: row.name,
    credentials,
    isDefault: row.is_default && row.is_active,
  };
}
