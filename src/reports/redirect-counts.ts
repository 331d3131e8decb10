import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Clicks of a pool: all of them, and by bot (bots that have left the pool too). */
export interface RedirectCount {
  readonly total: number;
  readonly byBot: ReadonlyMap<string, number>;
}

/** Counted clicks of these pools; a pool without clicks is absent. */
export async function listRedirectCounts(
  db: Kysely<Database>,
  poolIds: readonly string[],
): Promise<ReadonlyMap<string, RedirectCount>> {
  if (poolIds.length === 0) return new Map();
  const rows = await db.selectFrom('redirect_counts').selectAll().where('pool_id', 'in', poolIds).execute();
  const pools = Map.groupBy(rows, (row) => row.pool_id);
  return new Map(
    [...pools].map(([poolId, counts]) => {
      const byBot = new Map(counts.map((row) => [row.bot_id, Number(row.total_redirects)]));
      return [poolId, { total: [...byBot.values()].reduce((sum, count) => sum + count, 0), byBot }];
    }),
  );
}
