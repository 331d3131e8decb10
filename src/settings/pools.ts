import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import type { PageRequest, Removal } from './paging.ts';
import { type PixelChanges, savePixel } from './pool-pixel.ts';

/** A pool as the table has it. */
export type PoolRow = Selectable<Database['pools']>;

/** A bot's place in a pool. */
export type PoolBotRow = Selectable<Database['pool_bots']>;

/** A bot's place in a pool, as it is asked for. */
export interface PoolBotWish {
  readonly botId: string;
  readonly weight: number;
  readonly isEnabled: boolean;
}

type Generated = 'pool_id' | 'workspace_id' | 'created_at' | 'updated_at';

/** Columns of a new pool; `gate` and `page` as JSON text. */
export type PoolFields = AllowUndefined<Omit<Insertable<Database['pools']>, Generated | 'slug' | 'name'>> & {
  readonly slug: string;
  readonly name: string;
};

/** Undefined leaves a column to its default. */
type AllowUndefined<T> = { [K in keyof T]: T[K] | undefined };

interface PoolKey {
  readonly workspaceId: string;
  readonly poolId: string;
}

/** Saves a pool with its bots and its pixel in one transaction; throws a unique violation if the slug is taken. */
export function savePool(
  db: Kysely<Database>,
  vault: Vault,
  wish: {
    readonly workspaceId: string;
    readonly fields: PoolFields;
    readonly bots: readonly PoolBotWish[];
    readonly pixel: PixelChanges;
  },
): Promise<PoolRow> {
  const values = { ...wish.fields, pool_id: buildId(), workspace_id: wish.workspaceId };
  return db.transaction().execute(async (trx) => {
    const row = await trx.insertInto('pools').values(values).returningAll().executeTakeFirstOrThrow();
    await saveBots(trx, row.pool_id, wish.bots);
    await savePixel(trx, vault, { owner: buildPixelOwner(row), changes: wish.pixel });
    return row;
  });
}

/** Changes a pool; `bots` replaces its whole list. Undefined if the workspace has no such pool. */
export function updatePool(
  db: Kysely<Database>,
  vault: Vault,
  wish: PoolKey & {
    readonly fields: Omit<Updateable<Database['pools']>, Generated>;
    readonly bots: readonly PoolBotWish[] | undefined;
    readonly pixel: PixelChanges;
  },
): Promise<PoolRow | undefined> {
  return db.transaction().execute(async (trx) => {
    const update = trx.updateTable('pools').set({ ...wish.fields, updated_at: new Date() });
    const row = await update
      .where('pool_id', '=', wish.poolId)
      .where('workspace_id', '=', wish.workspaceId)
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    if (wish.bots) await saveBots(trx, row.pool_id, wish.bots);
    await savePixel(trx, vault, { owner: buildPixelOwner(row), changes: wish.pixel });
    return row;
  });
}

function buildPixelOwner(row: PoolRow) {
  return {
    workspaceId: row.workspace_id,
    poolId: row.pool_id,
    poolName: row.name,
    isTrackingEnabled: row.meta_tracking_enabled,
  };
}

async function saveBots(trx: Kysely<Database>, poolId: string, bots: readonly PoolBotWish[]): Promise<void> {
  await trx.deleteFrom('pool_bots').where('pool_id', '=', poolId).execute();
  if (bots.length === 0) return;
  const rows = bots.map((bot, position) => ({
    pool_id: poolId,
    bot_id: bot.botId,
    weight: bot.weight,
    is_enabled: bot.isEnabled,
    position,
  }));
  await trx.insertInto('pool_bots').values(rows).execute();
}

/** One pool of a workspace. */
export function findPool(
  db: Kysely<Database>,
  { workspaceId, poolId }: PoolKey,
): Promise<PoolRow | undefined> {
  const query = db.selectFrom('pools').selectAll().where('pool_id', '=', poolId);
  return query.where('workspace_id', '=', workspaceId).executeTakeFirst();
}

/** Pools of a workspace, newest first. */
export function listPools(
  db: Kysely<Database>,
  options: PageRequest & {
    readonly workspaceId: string;
    readonly slug?: string | undefined;
    readonly isActive?: boolean | undefined;
  },
): Promise<PoolRow[]> {
  const { limit, before, workspaceId, slug, isActive } = options;
  let query = db.selectFrom('pools').selectAll().where('workspace_id', '=', workspaceId);
  if (slug !== undefined) query = query.where('slug', '=', slug);
  if (isActive !== undefined) query = query.where('is_active', '=', isActive);
  if (before) query = query.where('pool_id', '<', before);
  return query.orderBy('pool_id', 'desc').limit(limit).execute();
}

/** The bots of these pools, in the order in which they were given. */
export function listPoolBots(db: Kysely<Database>, poolIds: readonly string[]): Promise<PoolBotRow[]> {
  if (poolIds.length === 0) return Promise.resolve([]);
  const query = db.selectFrom('pool_bots').selectAll().where('pool_id', 'in', poolIds);
  return query.orderBy('pool_id').orderBy('position').execute();
}

/** Deletes a pool that never had a click; else switches it off, so that its history keeps its name. */
export function removePool(db: Kysely<Database>, { workspaceId, poolId }: PoolKey): Promise<Removal> {
  return db.transaction().execute(async (trx) => {
    const query = trx.selectFrom('pools').select('pool_id').where('pool_id', '=', poolId);
    const row = await query.where('workspace_id', '=', workspaceId).forUpdate().executeTakeFirst();
    if (!row) return 'unknown';
    if (await hasHistory(trx, poolId)) {
      const update = trx.updateTable('pools').set({ is_active: false, updated_at: new Date() });
      await update.where('pool_id', '=', poolId).execute();
      return 'deactivated';
    }
    // Before the pool: left behind, its pixel would become a destination of the whole workspace.
    await trx.deleteFrom('destinations').where('pool_id', '=', poolId).execute();
    await trx.deleteFrom('pools').where('pool_id', '=', poolId).execute();
    return 'deleted';
  });
}

async function hasHistory(trx: Kysely<Database>, poolId: string): Promise<boolean> {
  const { has } = await trx
    .selectNoFrom(({ exists, or, selectFrom }) =>
      or([
        exists(selectFrom('redirect_counts').select('pool_id').where('pool_id', '=', poolId)),
        exists(selectFrom('conversions').select('pool_id').where('pool_id', '=', poolId)),
        exists(
          selectFrom('deliveries')
            .innerJoin('destinations', 'destinations.destination_id', 'deliveries.destination_id')
            .select('delivery_id')
            .where('destinations.pool_id', '=', poolId),
        ),
      ]).as('has'),
    )
    .executeTakeFirstOrThrow();
  return Boolean(has);
}
