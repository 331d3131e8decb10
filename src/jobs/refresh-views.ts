import { performance } from 'node:perf_hooks';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Job } from './job.ts';

/** In this order: the later ones read the first. */
const VIEWS = [
  'daily_conversions_summary',
  'campaign_performance',
  'visitor_behavior_summary',
  'offline_conversion_metrics',
] as const;

/** What the views are made of; the partitions of these count too. */
const SOURCES = [
  'clicks',
  'bot_users',
  'payments',
  'sessions',
  'utm_tracking',
  'events',
  'leads',
  'lead_stages',
  'offline_conversions',
  'ad_spend',
  'currency_rates',
  'workspaces',
];

const LOOK_SECONDS = 15;
const EVERY_MS = 300_000;
/** Making the views takes at most 2 % of the time, until that would be less often than every five minutes. */
const PAUSES = 50;

/** What a look at the views came to. */
export type RefreshResult =
  | { readonly kind: 'refreshed'; readonly durationMs: number }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'not_yet' };

/** Whose turn it is: with `isForced` they are made whatever the marker says. */
export interface RefreshOptions {
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly isForced?: boolean;
}

/**
 * Makes the views anew if what they are made of has changed, without blocking their readers: every five minutes, and
 * more often as long as it is quick.
 */
export async function refreshViews(db: Kysely<Database>, options: RefreshOptions): Promise<RefreshResult> {
  const { now, signal, isForced = false } = options;
  // Read before: what changes meanwhile is seen at the next look.
  const marker = await readMarker(db);
  if (!isForced) {
    const last = await findLastRefresh(db, marker);
    if (last?.isSame) {
      await db.updateTable('view_refreshes').set({ checked_at: now }).execute();
      return { kind: 'unchanged' };
    }
    const pauseMs = Math.min(EVERY_MS, (last?.durationMs ?? 0) * PAUSES);
    if (last && now.getTime() - last.at.getTime() < pauseMs) return { kind: 'not_yet' };
  }
  let durationMs = 0;
  for (const view of VIEWS) {
    signal.throwIfAborted();
    durationMs += await refreshView(db, { view, now, marker });
  }
  return { kind: 'refreshed', durationMs };
}

/**
 * A text that differs whenever rows of the sources were written since; null where the server does not count them. It
 * costs no look at a table: the statistics collector counts anyway.
 */
async function readMarker(db: Kysely<Database>): Promise<string | null> {
  const { rows } = await sql<{ marker: string | null }>`
    select case when current_setting('track_counts') = 'on' then
      concat_ws(':', sum(pg_stat_get_tuples_inserted(t.relid) + pg_stat_get_tuples_updated(t.relid)
        + pg_stat_get_tuples_deleted(t.relid)), sum(pg_relation_filenode(t.relid)::bigint), count(*)) end as marker
    from unnest(${SOURCES}::regclass[]) as source
    cross join lateral (
      select relid from pg_partition_tree(source) where isleaf
      union select source where not exists (select from pg_partitioned_table where partrelid = source)
    ) t`.execute(db);
  return rows[0]?.marker ?? null;
}

interface LastRefresh {
  readonly isSame: boolean;
  readonly at: Date;
  readonly durationMs: number;
}

async function findLastRefresh(db: Kysely<Database>, marker: string | null): Promise<LastRefresh | null> {
  const rows = await db.selectFrom('view_refreshes').selectAll().execute();
  const [first] = rows;
  if (!first || rows.length < VIEWS.length) return null;
  return {
    isSame: marker !== null && rows.every((row) => row.marker === marker),
    at: new Date(Math.min(...rows.map((row) => row.refreshed_at.getTime()))),
    durationMs: rows.reduce((sum, row) => sum + row.duration_ms, 0),
  };
}

interface OneRefresh {
  readonly view: (typeof VIEWS)[number];
  readonly now: Date;
  readonly marker: string | null;
}

async function refreshView(db: Kysely<Database>, { view, now, marker }: OneRefresh): Promise<number> {
  const start = performance.now();
  await db.transaction().execute(async (tx) => {
    // A year of visits may take longer than any query of the program is allowed to.
    await sql`set local statement_timeout = 0`.execute(tx);
    await sql`set local work_mem = '64MB'`.execute(tx);
    await sql`refresh materialized view concurrently ${sql.table(view)}`.execute(tx);
    const duration_ms = Math.round(performance.now() - start);
    const row = { refreshed_at: now, checked_at: now, duration_ms, marker };
    await tx
      .insertInto('view_refreshes')
      .values({ view_name: view, ...row })
      .onConflict((conflict) => conflict.column('view_name').doUpdateSet(row))
      .execute();
  });
  return performance.now() - start;
}

/** Looks whether the analytics have to be made anew. */
export const refreshViewsJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'refresh-views',
  schedule: { everySeconds: LOOK_SECONDS },
  expireSeconds: 3_600,
  run: async ({ database }, signal) => {
    const result = await refreshViews(database.db, { now: new Date(), signal });
    if (result.kind === 'refreshed') return `made anew in ${Math.round(result.durationMs)} ms`;
    return result.kind === 'unchanged' ? 'nothing has changed' : 'changed; made anew when it is time';
  },
};
