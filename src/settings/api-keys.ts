import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { buildId, buildSecret } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { PageRequest } from './paging.ts';

/** What a key may do; each includes those before it. */
export type Scope = 'read' | 'write' | 'admin';

/** A key as it is shown: never the key itself, nor its hash. */
export type ApiKeyRow = Omit<Selectable<Database['api_keys']>, 'key_hash'>;

const SHOWN = [
  'key_id',
  'workspace_id',
  'name',
  'scope',
  'prefix',
  'created_at',
  'last_used_at',
  'revoked_at',
] as const;

const PREFIX_LENGTH = 10;

/** Makes a key and keeps its hash; the key itself is in the answer and nowhere else. */
export async function createApiKey(
  db: Kysely<Database>,
  wish: { readonly workspaceId: string; readonly name: string; readonly scope: Scope },
): Promise<{ keyId: string; key: string }> {
  const key = `rk_${buildSecret()}`;
  const keyId = buildId();
  await db
    .insertInto('api_keys')
    .values(buildRow({ ...wish, keyId, key }))
    .execute();
  return { keyId, key };
}

/** Takes a key that somebody else made (BOOTSTRAP_API_KEY); the same key again changes nothing. */
export async function adoptApiKey(
  db: Kysely<Database>,
  wish: { readonly workspaceId: string; readonly name: string; readonly scope: Scope; readonly key: string },
): Promise<void> {
  const row = buildRow({ ...wish, keyId: buildId() });
  const insert = db.insertInto('api_keys').values(row);
  await insert
    .onConflict((conflict) =>
      conflict
        .column('key_hash')
        .doUpdateSet({ workspace_id: wish.workspaceId, scope: wish.scope, revoked_at: null }),
    )
    .execute();
}

function buildRow(key: { keyId: string; workspaceId: string; name: string; scope: Scope; key: string }) {
  return {
    key_id: key.keyId,
    workspace_id: key.workspaceId,
    name: key.name,
    scope: key.scope,
    key_hash: hashApiKey(key.key),
    // A short key given by the operator must not be shown in full.
    prefix: key.key.slice(0, Math.min(PREFIX_LENGTH, Math.floor(key.key.length / 3))),
  };
}

/** SHA-256 of a key, as the table keeps it. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** The key with this hash, unless it was revoked. */
export function findActiveKey(db: Kysely<Database>, hash: Buffer): Promise<ApiKeyRow | undefined> {
  const query = db.selectFrom('api_keys').select(SHOWN).where('key_hash', '=', hash);
  return query.where('revoked_at', 'is', null).executeTakeFirst();
}

/** Notes that a key was used. */
export async function touchApiKey(db: Kysely<Database>, keyId: string, at: Date): Promise<void> {
  await db.updateTable('api_keys').set({ last_used_at: at }).where('key_id', '=', keyId).execute();
}

/** Keys of a workspace, newest first, revoked ones too. */
export function listApiKeys(
  db: Kysely<Database>,
  options: PageRequest & { readonly workspaceId: string },
): Promise<ApiKeyRow[]> {
  const { limit, before, workspaceId } = options;
  let query = db.selectFrom('api_keys').select(SHOWN).where('workspace_id', '=', workspaceId);
  if (before) query = query.where('key_id', '<', before);
  return query.orderBy('key_id', 'desc').limit(limit).execute();
}

/** One key of a workspace. */
export function findApiKey(
  db: Kysely<Database>,
  key: { readonly workspaceId: string; readonly keyId: string },
): Promise<ApiKeyRow | undefined> {
  const query = db.selectFrom('api_keys').select(SHOWN).where('key_id', '=', key.keyId);
  return query.where('workspace_id', '=', key.workspaceId).executeTakeFirst();
}

/** Revokes a key for good; false if the workspace has no such key. */
export async function revokeApiKey(
  db: Kysely<Database>,
  key: { readonly workspaceId: string; readonly keyId: string; readonly at: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_keys')
    .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.val(key.at)) }))
    .where('key_id', '=', key.keyId)
    .where('workspace_id', '=', key.workspaceId)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
