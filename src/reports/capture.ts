import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** A share of something by name, the most frequent first. */
export interface Split {
  readonly name: string;
  readonly users: number;
}

/** How well capture works: what is known of the bots' people, and how they came from their clicks. */
export interface CaptureReport {
  readonly bot_users: number;
  /** Shares are between 0 and 1; null where there is nothing to divide by. */
  readonly with_ip_share: number | null;
  readonly with_user_agent_share: number | null;
  readonly with_ip_and_user_agent_share: number | null;
  readonly clicks: number;
  readonly starts: number;
  readonly matched_starts: number;
  readonly start_match_rate: number | null;
  /** Clicks that led to a matched start. */
  readonly started_clicks: number;
  readonly click_to_start_rate: number | null;
  /** Seconds between a click and the first start that matched it. */
  readonly click_to_start_seconds: {
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
  };
  readonly devices: readonly Split[];
  readonly browsers: readonly Split[];
  readonly systems: readonly Split[];
}

/** Which people and clicks are looked at: `from` inclusive, `to` exclusive. */
export interface CaptureQuestion {
  readonly workspaceId: string;
  readonly from: Date;
  readonly to: Date;
}

/** Measures capture over the people who first wrote and the clicks that came in a stretch of time. */
export async function captureReport(db: Kysely<Database>, question: CaptureQuestion): Promise<CaptureReport> {
  const people = await countPeople(db, question);
  const starts = await countStarts(db, question);
  const clicks = await countClicks(db, question);
  const users = people.bot_users;
  return {
    bot_users: users,
    with_ip_share: share(people.with_ip, users),
    with_user_agent_share: share(people.with_user_agent, users),
    with_ip_and_user_agent_share: share(people.with_both, users),
    clicks: clicks.clicks,
    ...starts,
    start_match_rate: share(starts.matched_starts, starts.starts),
    started_clicks: clicks.started,
    click_to_start_rate: share(clicks.started, clicks.clicks),
    click_to_start_seconds: { mean: clicks.mean, p50: clicks.p50, p90: clicks.p90, p99: clicks.p99 },
    devices: await splitPeople(db, question, 'device_type'),
    browsers: await splitPeople(db, question, 'browser_name'),
    systems: await splitPeople(db, question, 'os_name'),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

// The address itself is erased after a week; its hash says that there was one.
async function countPeople(db: Kysely<Database>, { workspaceId, from, to }: CaptureQuestion) {
  const { rows } = await sql<{
    bot_users: number;
    with_ip: number;
    with_user_agent: number;
    with_both: number;
  }>`
    select count(*)::int as bot_users,
      count(*) filter (where ip_hash is not null)::int as with_ip,
      count(*) filter (where user_agent is not null)::int as with_user_agent,
      count(*) filter (where ip_hash is not null and user_agent is not null)::int as with_both
    from bot_users
    where workspace_id = ${workspaceId} and first_interaction >= ${from} and first_interaction < ${to}`.execute(
    db,
  );
  return rows[0] ?? { bot_users: 0, with_ip: 0, with_user_agent: 0, with_both: 0 };
}

async function countStarts(db: Kysely<Database>, { workspaceId, from, to }: CaptureQuestion) {
  const { rows } = await sql<{ starts: number; matched_starts: number }>`
    select count(*)::int as starts, count(tracking_token)::int as matched_starts
    from bot_starts
    where workspace_id = ${workspaceId} and started_at >= ${from} and started_at < ${to}`.execute(db);
  return rows[0] ?? { starts: 0, matched_starts: 0 };
}

interface ClickCounts {
  readonly clicks: number;
  readonly started: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

async function countClicks(
  db: Kysely<Database>,
  { workspaceId, from, to }: CaptureQuestion,
): Promise<ClickCounts> {
  const { rows } = await sql<ClickCounts>`
    with waits as (
      select extract(epoch from min(s.started_at) - c.created_at)::float8 as seconds
      from clicks c left join bot_starts s on s.tracking_token = c.tracking_token
        and s.workspace_id = c.workspace_id
      where c.workspace_id = ${workspaceId} and c.created_at >= ${from} and c.created_at < ${to}
      group by c.tracking_token, c.created_at
    )
    select count(*)::int as clicks, count(seconds)::int as started, avg(seconds) as mean,
      percentile_cont(0.5) within group (order by seconds) as p50,
      percentile_cont(0.9) within group (order by seconds) as p90,
      percentile_cont(0.99) within group (order by seconds) as p99
    from waits`.execute(db);
  return rows[0] ?? { clicks: 0, started: 0, mean: null, p50: null, p90: null, p99: null };
}

async function splitPeople(
  db: Kysely<Database>,
  { workspaceId, from, to }: CaptureQuestion,
  column: 'device_type' | 'browser_name' | 'os_name',
): Promise<readonly Split[]> {
  const { rows } = await sql<Split>`
    select coalesce(${sql.ref(column)}, 'unknown') as name, count(*)::int as users
    from bot_users
    where workspace_id = ${workspaceId} and first_interaction >= ${from} and first_interaction < ${to}
    group by 1 order by 2 desc, 1 limit 20`.execute(db);
  return rows;
}
