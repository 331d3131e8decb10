import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts';

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  // Whatever month it is where the tests run: a month without a partition needs no index.
  await sql`select ensure_month_partitions(parent, '2026-11-01', 1)
    from unnest('{clicks,utm_tracking,events,leads}'::regclass[]) as parent`.execute(database.db);
});
afterAll(() => database.close());

const ID = '00000000-0000-7000-8000-000000000001';
const NOW = '2026-11-22T12:00:00Z';
const since = `between timestamptz '${NOW}' - interval '7 days' and '${NOW}'`;

/** The indexes that the analytic queries must be able to use: table, first column, the condition that needs it. */
const INDEXES: readonly (readonly [table: string, column: string, condition: string])[] = [
  ['utm_tracking', 'created_at', `created_at ${since}`],
  ['utm_tracking', 'utm_source', `utm_source = 'facebook'`],
  ['utm_tracking', 'utm_campaign', `utm_campaign = 'Black Friday'`],
  ['utm_tracking', 'session_id', `session_id = 's1'`],
  ['utm_tracking', 'gclid', `gclid = 'Cj0KCQ'`],
  ['utm_tracking', 'fbclid', `fbclid = 'IwAR0'`],
  ['leads', 'created_at', `created_at ${since}`],
  ['leads', 'hashed_email', `hashed_email = 'abc'`],
  ['leads', 'lead_score', 'lead_score >= 80'],
  ['leads', 'session_id', `session_id = 's1'`],
  ['leads', 'external_id', `external_id = 'crm-1'`],
  ['sessions', 'started_at', `started_at ${since}`],
  ['sessions', 'converted', 'converted'],
  ['sessions', 'domain_id', `domain_id = '${ID}'`],
  ['sessions', 'visitor_id', `visitor_id = 'v1'`],
  ['events', 'created_at', `created_at ${since}`],
  ['events', 'event_type', `event_type = 'click'`],
  ['events', 'session_id', `session_id = 's1'`],
  ['offline_conversions', 'lead_id', `lead_id = '${ID}'`],
  ['offline_conversions', 'conversion_date', `conversion_date ${since}`],
  ['offline_conversions', 'sync_status', `sync_status @> '{"meta": "failed"}'`],
  ['lead_stages', 'lead_id', `lead_id = '${ID}'`],
  ['lead_stages', 'created_at', `created_at ${since}`],
  ['lead_stages', 'stage_name', `stage_name = 'won'`],
  ['clicks', 'created_at', `created_at ${since}`],
  ['clicks', 'fbclid', `fbclid = 'IwAR0'`],
  ['clicks', 'pool_id', `pool_id = '${ID}'`],
  ['clicks', 'utm_campaign', `utm_campaign = 'Black Friday'`],
  ['clicks', 'ip_hash', `ip_hash = '0123456789abcdef'`],
  ['bot_users', 'bot_id', `bot_id = '${ID}'`],
  ['bot_users', 'tracking_session_id', `tracking_session_id = 't'`],
  ['bot_users', 'fbclid', `fbclid = 'IwAR0'`],
  ['bot_users', 'geo_state', `geo_state = 'SP'`],
  ['payments', 'tracking_token', `tracking_token = 't'`],
  ['payments', 'customer_user_id', 'customer_user_id = 1'],
  ['payments', 'status', `status = 'paid'`],
  ['payments', 'paid_at', `paid_at ${since}`],
  ['daily_conversions_summary', 'workspace_id', `workspace_id = '${ID}' and hour_at ${since}`],
  ['campaign_performance', 'workspace_id', `workspace_id = '${ID}' and hour_at ${since}`],
  ['visitor_behavior_summary', 'workspace_id', `workspace_id = '${ID}' and hour_at ${since}`],
  ['offline_conversion_metrics', 'workspace_id', `workspace_id = '${ID}' and hour_at ${since}`],
];

describe('the analytic queries can use an index', () => {
  it.each(INDEXES)('%s by %s', async (table, column, condition) => {
    const used = await findUsedIndexes(`select count(*) from ${table} where ${condition}`);
    expect(used.length).toBeGreaterThan(0);
    for (const index of used) expect(await findFirstColumn(index)).toBe(column);
  });

  it('knows a query that can use none', async () => {
    expect(await findUsedIndexes(`select count(*) from sessions where total_events = 7`)).toEqual([]);
  });

  it('the unique key of bot users is bot and person', async () => {
    const { rows } = await database.pool.query(
      `select 1 from pg_indexes where tablename = 'bot_users' and indexdef ilike '%unique%(bot_id, telegram_user_id)%'`,
    );
    expect(rows).toHaveLength(1);
  });
});

/** Without sequential scans, which the planner rightly prefers for tables as small as these. */
function findUsedIndexes(query: string): Promise<string[]> {
  return database.db.transaction().execute(async (tx) => {
    await sql`set local enable_seqscan = off`.execute(tx);
    const { rows } = await sql<{ 'QUERY PLAN': unknown }>`explain (format json) ${sql.raw(query)}`.execute(
      tx,
    );
    const text = JSON.stringify(rows.map((row) => row['QUERY PLAN']));
    return [...text.matchAll(/"Index Name":"([^"]+)"/g)].map((match) => match[1] ?? '');
  });
}

async function findFirstColumn(index: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select a.attname as name from pg_index i
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] where i.indexrelid = $1::regclass`,
    [index],
  );
  return rows[0]?.name;
}
