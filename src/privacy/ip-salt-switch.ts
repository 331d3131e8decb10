import { open, rename, rm } from 'node:fs/promises';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { buildId, buildSecret } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { buildSaltFingerprint, IP_SALT_CONTEXT } from '../io/ip-salts.ts';
import type { Vault } from '../io/vault.ts';

/** Where a change of the salt begins. */
export interface SaltSwitch {
  readonly vault: Vault;
  /** IP_HASH_SALT and IP_HASH_SALT_PREVIOUS as the command was given them. */
  readonly configured: string;
  readonly previous: string | null;
  /** Where a generated salt stands; null where the environment gives it. */
  readonly file: string | null;
  /** Days for which addresses are looked up under the salt of before too. */
  readonly overlapDays: number;
}

/** What is to be done: a salt that takes the place of another, or the rest of a change that was begun. */
export type SwitchPlan =
  | { readonly kind: 'change'; readonly from: string; readonly to: string }
  | { readonly kind: 'resume' }
  | { readonly kind: 'refused'; readonly why: string };

type Row = Selectable<Database['ip_salts']>;

const DAY_MS = 86_400_000;

/** Every salt that has been in use since the first change. */
export const listSalts = (db: Kysely<Database>): Promise<Row[]> =>
  db.selectFrom('ip_salts').selectAll().orderBy('active_from', 'desc').execute();

const refuse = (why: string): SwitchPlan => ({ kind: 'refused', why });

/** Says what a change would do, and why it cannot be made. */
export async function planSwitch(db: Kysely<Database>, options: SaltSwitch): Promise<SwitchPlan> {
  const rows = await listSalts(db);
  const inUse = rows.find((row) => row.active_to === null);
  const known = rows.find((row) => row.fingerprint === buildSaltFingerprint(options.configured));
  if (inUse !== undefined && inUse.rehashed_at === null) return { kind: 'resume' };
  if (options.file !== null) {
    if (inUse !== undefined && known !== undefined && known !== inUse) return { kind: 'resume' };
    return { kind: 'change', from: options.configured, to: buildSecret() };
  }
  if (known !== undefined) {
    return refuse(
      known === inUse
        ? 'IP_HASH_SALT is the salt in use already. Give a new one: openssl rand -base64 48'
        : 'IP_HASH_SALT was in use before. Give a new one: openssl rand -base64 48',
    );
  }
  return planGiven(options, inUse);
}

function planGiven({ vault, configured, previous }: SaltSwitch, inUse: Row | undefined): SwitchPlan {
  const stored = inUse?.secret ? vault.open(inUse.secret, IP_SALT_CONTEXT) : null;
  const from = previous ?? stored;
  if (from === null) {
    return refuse(
      'Set IP_HASH_SALT to the new salt and IP_HASH_SALT_PREVIOUS to the one in use, for this command.',
    );
  }
  if (from === configured) return refuse('IP_HASH_SALT and IP_HASH_SALT_PREVIOUS are the same.');
  if (stored !== null && from !== stored) return refuse('IP_HASH_SALT_PREVIOUS is not the salt in use.');
  return { kind: 'change', from, to: configured };
}

/** Makes the change in one moment for every machine: folds at work come to their end, later ones have the new salt. */
export async function switchSalt(
  db: Kysely<Database>,
  options: SaltSwitch,
  plan: { readonly from: string; readonly to: string },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`lock table log_checkpoints in exclusive mode`.execute(tx);
    const now = new Date();
    const overlapUntil = new Date(now.getTime() + options.overlapDays * DAY_MS);
    await retire(tx, options.vault, { salt: plan.from, now, overlapUntil });
    await tx
      .insertInto('ip_salts')
      .values({ ...buildRow(options.vault, plan.to), active_from: now })
      .execute();
  });
}

function buildRow(vault: Vault, salt: string) {
  const secret = vault.seal(salt, IP_SALT_CONTEXT);
  return { salt_id: buildId(), fingerprint: buildSaltFingerprint(salt), secret };
}

async function retire(
  tx: Transaction<Database>,
  vault: Vault,
  { salt, now, overlapUntil }: { readonly salt: string; readonly now: Date; readonly overlapUntil: Date },
): Promise<void> {
  const retired = { active_to: now, overlap_until: overlapUntil };
  await tx.updateTable('ip_salts').set(retired).where('active_to', 'is', null).execute();
  await tx
    .insertInto('ip_salts')
    // Since when the first one is in use, nobody noted.
    .values({ ...buildRow(vault, salt), active_from: new Date(0), ...retired })
    .onConflict((conflict) => conflict.column('fingerprint').doUpdateSet(retired))
    .execute();
}

/** Writes the salt in use into the file of a generated one (mode 0600), if another one stands there. */
export async function writeSaltFile(db: Kysely<Database>, options: SaltSwitch): Promise<boolean> {
  const { file, vault, configured } = options;
  const inUse = (await listSalts(db)).find((row) => row.active_to === null);
  if (file === null || !inUse?.secret) return false;
  const salt = vault.open(inUse.secret, IP_SALT_CONTEXT);
  if (salt === configured) return false;
  await replaceFile(file, salt);
  return true;
}

/** Whoever reads it sees the old or the new one, never a half. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
