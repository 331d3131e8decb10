import { createHmac } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Identifier } from '../domain/erasure.ts';
import { buildSecret } from '../domain/ids.ts';
import type { Database } from './database.gen.ts';
import type { Vault } from './vault.ts';

/** Context of the sealed key of the tombstones. */
export const ERASURE_KEY_CONTEXT = 'erasure_key.secret';

/** An identifier, and when the fact that carries it happened (ms since the epoch; 0 = nobody knows). */
export interface DatedIdentifier extends Identifier {
  readonly at: number;
}

/** Answers whether a fact is of a person who was erased after it. */
export type ErasedTest = (identifier: DatedIdentifier) => boolean;

const NOBODY: ErasedTest = () => false;

/** Whether anybody was erased at or after this moment: one look at an index, and nearly always no. */
export async function hasErasures(db: Kysely<Database>, since: Date): Promise<boolean> {
  const { rows } = await sql<{ is_there: boolean }>`
    select exists (select from erased_identifiers where erased_at >= ${since}) as is_there`.execute(db);
  return rows[0]?.is_there ?? false;
}

/**
 * Which of these identifiers belong to people who were erased later than the fact. While nobody was, which is nearly
 * always so, it costs one look at an index.
 */
export async function findErased(
  db: Kysely<Database>,
  vault: Vault,
  asked: readonly DatedIdentifier[],
): Promise<ErasedTest> {
  if (asked.length === 0) return NOBODY;
  const since = new Date(asked.reduce((oldest, { at }) => Math.min(oldest, at), 8.64e15));
  if (!(await hasErasures(db, since))) return NOBODY;
  const key = await loadKey(db, vault);
  if (key === null) return NOBODY;
  const hashes = [...new Set(asked.map((one) => buildHash(key, one)))];
  const rows = await db
    .selectFrom('erased_identifiers')
    .selectAll()
    .where('identifier_hash', 'in', hashes)
    .where('erased_at', '>=', since)
    .execute();
  const byHash = Map.groupBy(rows, (row) => row.identifier_hash);
  return (one) =>
    (byHash.get(buildHash(key, one)) ?? []).some(
      (row) =>
        row.erased_at.getTime() >= one.at &&
        (one.workspaceId === null || row.workspace_id === one.workspaceId),
    );
}

/** Remembers that these identifiers were erased; a later erasure of the same moves the time on. */
export async function saveTombstones(
  db: Kysely<Database>,
  vault: Vault,
  erased: { readonly workspaceId: string; readonly identifiers: readonly Identifier[]; readonly at: Date },
): Promise<void> {
  if (erased.identifiers.length === 0) return;
  const key = (await loadKey(db, vault)) ?? (await makeKey(db, vault));
  const rows = erased.identifiers.map((one) => ({
    workspace_id: erased.workspaceId,
    kind: one.kind,
    identifier_hash: buildHash(key, one),
    erased_at: erased.at,
  }));
  await db
    .insertInto('erased_identifiers')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['identifier_hash', 'kind', 'workspace_id']).doUpdateSet({ erased_at: erased.at }),
    )
    .execute();
}

/** The kind is hashed too: a phone and a Telegram id may be the same digits. */
function buildHash(key: string, { kind, value }: Identifier): string {
  return createHmac('sha256', key).update(`${kind}:${value}`).digest('hex');
}

async function loadKey(db: Kysely<Database>, vault: Vault): Promise<string | null> {
  const row = await db.selectFrom('erasure_key').select('secret').executeTakeFirst();
  return row === undefined ? null : vault.open(row.secret, ERASURE_KEY_CONTEXT);
}

async function makeKey(db: Kysely<Database>, vault: Vault): Promise<string> {
  const secret = vault.seal(buildSecret(), ERASURE_KEY_CONTEXT);
  await db
    .insertInto('erasure_key')
    .values({ secret })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const key = await loadKey(db, vault);
  if (key === null) throw new Error('The key of the tombstones could not be kept.');
  return key;
}
