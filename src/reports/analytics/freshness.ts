import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { AnalyticsView } from './sum-view.ts';

/** How old the numbers of a view are. */
export interface Freshness {
  /** When the view was last made anew; null before the first time. */
  readonly refreshedAt: Date | null;
  /** When it was last found to be up to date. */
  readonly checkedAt: Date | null;
}

/** When a view was last made and last found unchanged. */
export async function findFreshness(db: Kysely<Database>, view: AnalyticsView): Promise<Freshness> {
  const row = await db
    .selectFrom('view_refreshes')
    .select(['refreshed_at', 'checked_at'])
    .where('view_name', '=', view)
    .executeTakeFirst();
  return { refreshedAt: row?.refreshed_at ?? null, checkedAt: row?.checked_at ?? null };
}
