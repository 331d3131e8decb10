import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { loadIpSalts } from '../io/ip-salts.ts';
import type { ClickFollowers } from '../projections/click-followers.ts';
import { spreadToTouches } from '../projections/salt-links.ts';
import { listSalts, planSwitch, type SaltSwitch, switchSalt, writeSaltFile } from './ip-salt-switch.ts';
import { recordRun } from './privacy-runs.ts';
import { type RehashCounts, rehashAddresses } from './rehash-addresses.ts';

/** Longest stretch for which addresses of visits are kept by default: who came within it is recognised until it is over. */
export const DEFAULT_OVERLAP_DAYS = 183;

/** How a change of the salt is made. */
export interface RotateIpSaltOptions extends SaltSwitch {
  readonly followers: ClickFollowers;
  readonly actor: string;
  readonly isDryRun: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a change came to. `isNew`: a salt took the place of another; else an unfinished change was completed. */
export type IpSaltRotation =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'rotated';
      readonly isNew: boolean;
      readonly wroteFile: boolean;
      readonly counts: RehashCounts;
    };

/** Changes the salt of address hashes so that everything that matched goes on matching, or completes such a change. */
export async function rotateIpSalt(
  db: Kysely<Database>,
  options: RotateIpSaltOptions,
): Promise<IpSaltRotation> {
  const startedAt = new Date();
  const plan = await planSwitch(db, options);
  if (plan.kind === 'refused') return plan;
  const isNew = plan.kind === 'change';
  const { isDryRun, vault, configured } = options;
  if (isNew && !isDryRun) await switchSalt(db, options, plan);
  const wroteFile = isDryRun ? false : await writeSaltFile(db, options);
  const salts =
    isNew && isDryRun
      ? { current: plan.to, previous: [plan.from] }
      : await loadIpSalts(db, { vault, configured });
  const counts = await complete(db, { ...options, salts, startedAt });
  if (!isDryRun) await destroySalts(db, new Date());
  return { kind: 'rotated', isNew, wroteFile, counts };
}

/** Hashes what is stored anew, and notes that it is done. */
async function complete(
  db: Kysely<Database>,
  options: Omit<RotateIpSaltOptions, keyof SaltSwitch> & {
    readonly salts: Awaited<ReturnType<typeof loadIpSalts>>;
    readonly startedAt: Date;
  },
): Promise<RehashCounts> {
  const { isDryRun, actor, startedAt } = options;
  const inUse = (await listSalts(db)).find((row) => row.active_to === null);
  const counts = await rehashAddresses(db, { ...options, since: inUse?.active_from ?? startedAt });
  if (!isDryRun && inUse !== undefined)
    await db
      .updateTable('ip_salts')
      .set({ rehashed_at: new Date() })
      .where('salt_id', '=', inUse.salt_id)
      .execute();
  const run = { workspaceId: null, kind: 'rotate', actor, isDryRun, startedAt } as const;
  await recordRun(db, { ...run, counts: { ...counts }, note: 'IP_HASH_SALT' });
  return counts;
}

/** What keeping a change up takes between its beginning and the end of its overlap. */
export type KeepUpOptions = Pick<SaltSwitch, 'vault' | 'configured'> & {
  readonly followers: ClickFollowers;
  readonly now: Date;
  readonly signal?: AbortSignal;
};

/** A command may still be at work for so long, ms. */
const PATIENCE_MS = 600_000;

/**
 * Completes a change that broke off, tells touches of addresses that came again, and destroys the salts of before
 * whose overlap is over. Says in a few words what it did.
 */
export async function keepUpSalts(db: Kysely<Database>, options: KeepUpOptions): Promise<string> {
  const { vault, configured, now, signal } = options;
  const rows = await listSalts(db);
  const inUse = rows.find((row) => row.active_to === null);
  if (inUse === undefined) return 'the first salt is in use';
  const isBroken = inUse.rehashed_at === null && now.getTime() - inUse.active_from.getTime() > PATIENCE_MS;
  if (isBroken) {
    const salts = await loadIpSalts(db, { vault, configured });
    const run = { actor: 'job', isDryRun: false, startedAt: now, followers: options.followers };
    await complete(db, { ...run, salts, ...(signal ? { signal } : {}) });
  }
  const touches = await spreadToTouches(db);
  const destroyed = await destroySalts(db, now);
  return `${touches} touches hashed anew, ${destroyed} salts destroyed`;
}

/** With the last salt of before goes the memory of what was what: nobody can join the two any more. */
async function destroySalts(db: Kysely<Database>, now: Date): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('ip_salts')
      .set({ secret: null, destroyed_at: now })
      .where('overlap_until', '<=', now)
      .where('secret', 'is not', null)
      // The rest of the change needs it.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('ip_salts as u')
              .select('u.salt_id')
              .where('u.active_to', 'is', null)
              .where('u.rehashed_at', 'is', null),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return 0;
    const { rows } = await sql<{ is_there: boolean }>`
      select exists (select from ip_salts where active_to is not null and secret is not null) as is_there`.execute(
      tx,
    );
    if (!rows[0]?.is_there) await tx.deleteFrom('ip_hash_links').execute();
    const run = { workspaceId: null, kind: 'rotate', actor: 'job', isDryRun: false, startedAt: now } as const;
    const counts = { salts_destroyed: Number(numUpdatedRows) };
    await recordRun(tx, { ...run, counts, note: 'IP_HASH_SALT' });
    return Number(numUpdatedRows);
  });
}
