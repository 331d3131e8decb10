import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** Which clicks are looked at: `from` inclusive, `to` exclusive. */
export interface FilteredQuestion {
  readonly workspaceId: string;
  readonly from: Date;
  readonly to: Date;
}

/** How many clicks a rule or a kind of program has taken out of the counts. */
export interface FilteredCount {
  readonly name: string;
  readonly clicks: number;
}

/** What was kept out of the counts, and by which rules. */
export interface FilteredSummary {
  readonly clicks: number;
  readonly filtered: number;
  readonly by_reason: readonly FilteredCount[];
  readonly by_class: readonly FilteredCount[];
  /** Visits that never were clicks: refused by the gate, shown but not counted. */
  readonly not_clicks: readonly FilteredCount[];
  readonly site_visits: FilteredSiteVisits;
}

/** How many visits of sites a rule has taken out of the counts. */
interface FilteredSiteVisits {
  readonly visits: number;
  readonly filtered: number;
  readonly by_reason: readonly { readonly name: string; readonly visits: number }[];
}

/** Counts what was filtered. A click with two reasons counts for both. */
export async function summarizeFiltered(
  db: Kysely<Database>,
  question: FilteredQuestion,
): Promise<FilteredSummary> {
  const { workspaceId, from, to } = question;
  const where = sql`workspace_id = ${workspaceId} and created_at >= ${from} and created_at < ${to}`;
  const totals = await sql<{ clicks: number; filtered: number }>`
    select count(*)::int as clicks, count(*) filter (where is_bot_detected)::int as filtered
    from clicks where ${where}`.execute(db);
  const reasons = await sql<FilteredCount>`
    select reason as name, count(*)::int as clicks from clicks, unnest(bot_reasons) as reason
    where ${where} and is_bot_detected group by 1 order by 2 desc, 1`.execute(db);
  const classes = await sql<FilteredCount>`
    select coalesce(bot_class, 'other') as name, count(*)::int as clicks from clicks
    where ${where} and is_bot_detected group by 1 order by 2 desc, 1`.execute(db);
  const visits = await sql<FilteredCount>`
    select reason as name, sum(visits)::int as clicks from uncounted_visits
    where workspace_id = ${workspaceId} and day >= ${from}::timestamptz::date and day <= ${to}::timestamptz::date
    group by 1 order by 2 desc, 1`.execute(db);
  return {
    ...(totals.rows[0] ?? { clicks: 0, filtered: 0 }),
    by_reason: reasons.rows,
    by_class: classes.rows,
    not_clicks: visits.rows,
    site_visits: await summarizeSiteVisits(db, question),
  };
}

async function summarizeSiteVisits(
  db: Kysely<Database>,
  { workspaceId, from, to }: FilteredQuestion,
): Promise<FilteredSiteVisits> {
  const where = sql`workspace_id = ${workspaceId} and started_at >= ${from} and started_at < ${to}`;
  const totals = await sql<{ visits: number; filtered: number }>`
    select count(*)::int as visits, count(*) filter (where is_bot_detected)::int as filtered
    from sessions where ${where}`.execute(db);
  const reasons = await sql<{ name: string; visits: number }>`
    select reason as name, count(*)::int as visits from sessions, unnest(bot_reasons) as reason
    where ${where} and is_bot_detected group by 1 order by 2 desc, 1`.execute(db);
  return { ...(totals.rows[0] ?? { visits: 0, filtered: 0 }), by_reason: reasons.rows };
}

/** A click that was kept out of the counts. */
export interface FilteredClick {
  readonly tracking_token: string;
  readonly pool_id: string;
  readonly bot_reasons: string[];
  readonly bot_class: string | null;
  readonly client_user_agent: string | null;
  readonly ip_hash: string | null;
  readonly geo_country: string | null;
  readonly asn: string | null;
  readonly is_datacenter: boolean | null;
  readonly created_at: Date;
}

/** Newest first; `after` is the last token of the page before. */
export async function listFiltered(
  db: Kysely<Database>,
  question: FilteredQuestion & {
    readonly reason: string | null;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<readonly FilteredClick[]> {
  const { workspaceId, from, to, reason, after, limit } = question;
  const { rows } = await sql<FilteredClick>`
    select tracking_token, pool_id, bot_reasons, bot_class, client_user_agent, ip_hash, geo_country, asn,
      is_datacenter, created_at
    from clicks
    where workspace_id = ${workspaceId} and created_at >= ${from} and created_at < ${to} and is_bot_detected
      and (${reason}::text is null or ${reason}::text = any(bot_reasons))
      and (${after}::text is null or (created_at, tracking_token) <
        (select a.created_at, a.tracking_token from clicks a where a.tracking_token = ${after} limit 1))
    order by created_at desc, tracking_token desc limit ${limit}`.execute(db);
  return rows;
}
