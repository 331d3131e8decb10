import { type Kysely, sql } from 'kysely';
import { readEmail, readPhone } from '../domain/identity.ts';
import type { Database } from '../io/database.gen.ts';
import { KEY_ID_AT, KEY_ID_BYTES, type Vault } from '../io/vault.ts';
import { buildContactHash, type LeadTools } from '../leads/lead-tools.ts';
import { openContact } from '../leads/sealed-fields.ts';
import { resealArchives } from './archive-files.ts';
import { recordRun } from './privacy-runs.ts';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts';

/** What a rotation works with; the vault opens with the key of before, too. */
export interface RotateOptions {
  readonly leads: Pick<LeadTools, 'vault' | 'hashKey'>;
  /** `<DATA_DIR>/archive`. */
  readonly archiveDirectory: string;
  readonly actor: string;
  /** Told after each column. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Values sealed anew, by column; lead hashes and archives too. */
export type RotationCounts = Readonly<Record<string, number>>;

const BATCH = 500;

/**
 * Seals everything anew with the present SECRET_KEY, and works the keyed hashes of leads out anew. Stopped, it goes
 * on where it was: what is sealed with the present key is not looked at. Throws at a value that no key opens.
 */
export async function rotateSecrets(db: Kysely<Database>, options: RotateOptions): Promise<RotationCounts> {
  const startedAt = new Date();
  const { leads, actor, archiveDirectory } = options;
  const total = SEALED_COLUMNS.length + 2;
  const counts: Record<string, number> = {};
  let done = 0;
  const count = (name: string, values: number) => {
    counts[name] = values;
    done += 1;
    options.onProgress?.(done, total);
  };
  for (const column of SEALED_COLUMNS) {
    count(`${column.table}.${column.column}`, await resealColumn(db, leads.vault, column));
  }
  count('leads.hashes', await rehashLeads(db, leads));
  count('archives', await resealArchives(leads.vault, archiveDirectory));
  const run = { workspaceId: null, kind: 'rotate', actor, isDryRun: false, counts, note: null } as const;
  await recordRun(db, { ...run, startedAt });
  return counts;
}

async function resealColumn(db: Kysely<Database>, vault: Vault, sealed: SealedColumn): Promise<number> {
  const { table, column, key, context } = sealed;
  const keyId = sql`substring(${sql.ref(column)} from ${KEY_ID_AT + 1}::int for ${KEY_ID_BYTES}::int)`;
  let resealed = 0;
  for (;;) {
    const { rows } = await sql<{ id: Record<string, string>; value: Buffer }>`
      select jsonb_build_object(${sql.join(key.map((name) => sql`${sql.lit(name)}, ${sql.ref(name)}::text`))}) as id,
        ${sql.ref(column)} as value
      from ${sql.table(table)}
      where length(${sql.ref(column)}) > 0 and ${keyId} <> ${vault.keyId} limit ${BATCH}`.execute(db);
    for (const { id, value } of rows) {
      const fresh = vault.seal(vault.open(value, context), context);
      const isRow = key.map((name) => sql`${sql.ref(name)}::text = ${id[name] ?? ''}`);
      // What was changed meanwhile is sealed with the present key already.
      await sql`
        update ${sql.table(table)} set ${sql.ref(column)} = ${fresh}
        where ${sql.join(isRow, sql` and `)} and ${sql.ref(column)} = ${value}`.execute(db);
    }
    resealed += rows.length;
    if (rows.length < BATCH) return resealed;
  }
}

/** Where the contact itself is gone its hash stays as it was, and matches nobody any more. */
async function rehashLeads(db: Kysely<Database>, tools: RotateOptions['leads']): Promise<number> {
  let after = '00000000-0000-0000-0000-000000000000';
  let changed = 0;
  for (;;) {
    const rows = await db
      .selectFrom('leads')
      .select(['lead_id', 'created_at', 'name', 'email', 'phone', 'message', 'hashed_email', 'hashed_phone'])
      .where('lead_id', '>', after)
      .where('anonymised_at', 'is', null)
      .orderBy('lead_id')
      .limit(BATCH)
      .execute();
    for (const row of rows) {
      const contact = openContact(tools.vault, row);
      const email = contact.email === null ? null : readEmail(contact.email);
      const phone = contact.phone === null ? null : readPhone(contact.phone);
      const hashes = {
        hashed_email: email === null ? null : buildContactHash(tools, 'email', email),
        hashed_phone: phone === null ? null : buildContactHash(tools, 'phone', phone),
      };
      if (hashes.hashed_email === row.hashed_email && hashes.hashed_phone === row.hashed_phone) continue;
      await db.updateTable('leads').set(hashes).where('lead_id', '=', row.lead_id).execute();
      changed += 1;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return changed;
    after = last.lead_id;
  }
}
