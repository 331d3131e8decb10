import type pg from 'pg';
import { buildId } from '../../src/domain/ids.ts';

/** How much is made up. The same seed makes the same rows. */
export interface SeedOptions {
  readonly seed: number;
  readonly events: number;
  readonly days: number;
  /** The last day's end. */
  readonly until: Date;
}

/**
 * Fills a workspace with believable visits of some months: more by day than by night, more on the last days than on the
 * first, a few campaigns with most of the traffic. The server makes the rows; every draw is a hash of the row's number
 * and the seed, so that no plan of a query changes them.
 */
export async function seedAnalytics(pool: pg.Pool, options: SeedOptions): Promise<{ workspaceId: string }> {
  const ids = {
    workspaceId: buildId(0),
    domainId: buildId(1),
    poolId: buildId(2),
    botId: buildId(3),
    accountId: buildId(4),
  };
  const sessions = Math.round(options.events / 5);
  await pool.query(FUNCTIONS);
  await makeMonths(pool, options);
  await pool.query(`insert into workspaces (workspace_id, name) values ($1, 'Bench')`, [ids.workspaceId]);
  await pool.query(
    `insert into domains (domain_id, workspace_id, domain_name, domain_url) values ($1, $2, 'Shop', 'https://shop.example')`,
    [ids.domainId, ids.workspaceId],
  );
  await seedShop(pool, ids);
  const { seed, days, until } = options;
  const moment = [seed, until, days];
  await pool.query(SESSIONS, [ids.workspaceId, ids.domainId, sessions, ...moment]);
  const clicks = Math.round(options.events / 6);
  // What does not stand on one another is made at the same time: a server uses one core a statement.
  await Promise.all([
    pool.query(EVENTS, [ids.workspaceId, options.events, sessions, seed]),
    runInOrder(pool, [
      [CLICKS, [ids.workspaceId, ids.poolId, ids.botId, clicks, ...moment]],
      [TOUCHES, [seed]],
      [LEADS, [seed]],
      [STAGES, [seed]],
      [PEOPLE, [seed]],
      [PAYMENTS, [ids.accountId, seed]],
    ]),
  ]);
  await pool.query(SPEND, [ids.workspaceId, seed, until, days]);
  await pool.query('vacuum analyze');
  return { workspaceId: ids.workspaceId };
}

type Statement = readonly [text: string, values: unknown[]];

async function runInOrder(pool: pg.Pool, statements: readonly Statement[]): Promise<void> {
  for (const [text, values] of statements) await pool.query(text, values);
}

interface Ids {
  readonly workspaceId: string;
  readonly botId: string;
  readonly accountId: string;
}

async function seedShop(pool: pg.Pool, { workspaceId, botId, accountId }: Ids): Promise<void> {
  await pool.query(
    `insert into bots (bot_id, workspace_id, name, telegram_token, telegram_bot_id, username, webhook_secret)
     values ($1, $2, 'Bot', 'x', 1, 'bot', 'x')`,
    [botId, workspaceId],
  );
  await pool.query(
    `insert into gateway_accounts (account_id, workspace_id, gateway, name, credentials) values ($1, $2, 'sandbox', '', 'x')`,
    [accountId, workspaceId],
  );
}

async function makeMonths(pool: pg.Pool, { until, days }: SeedOptions): Promise<void> {
  await pool.query(
    `select ensure_month_partitions(parent, ($1::timestamptz - make_interval(days => $2))::date, 6)
     from unnest('{clicks,utm_tracking,page_views,events,leads}'::regclass[]) as parent`,
    [until, days],
  );
}

const FUNCTIONS = `
  create function draw(n bigint, salt bigint, seed bigint) returns float8 language sql immutable parallel safe as $$
    select (hashint8extended(n, seed * 1000 + salt) & 9007199254740991) / 9007199254740992.0
  $$;
  create function draw_id(n bigint, salt bigint, seed bigint) returns uuid language sql immutable parallel safe as $$
    select md5(n || ':' || salt || ':' || seed)::uuid
  $$;
  create function draw_moment(n bigint, salt bigint, seed bigint, until timestamptz, days int) returns timestamptz
  language sql immutable parallel safe as $$
    select until - make_interval(days => 1 + (days - 1) - floor((days - 1) * sqrt(draw(n, salt, seed)))::int)
      + make_interval(hours => ('{0,1,2,6,7,8,8,9,9,10,10,11,11,12,12,13,13,14,14,15,15,16,17,17,18,18,19,19,19,20,20,20,21,21,21,22,22,23}'::int[])
        [1 + floor(38 * draw(n, salt + 1, seed))::int], secs => 3600 * draw(n, salt + 2, seed))
  $$;
  create function draw_campaign(n bigint, salt bigint, seed bigint) returns int language sql immutable parallel safe as $$
    select case when draw(n, salt, seed) < 0.2 then null else floor(40 * power(draw(n, salt + 1, seed), 2.2))::int end
  $$;
  create function campaign_source(campaign int) returns text language sql immutable parallel safe as $$
    select ('{facebook,google,tiktok,linkedin,instagram}'::text[])[1 + campaign % 5]
  $$;`;

const SESSIONS = `
  insert into sessions (session_id, workspace_id, domain_id, visitor_id, started_at, last_activity_at,
    total_page_views, total_events, return_visits, converted, is_bot_detected)
  select 's' || n, $1, $2, 'v' || floor(n * 0.8), at, at + make_interval(secs => 20 + 600 * power(draw(n, 4, $4), 3)),
    1 + floor(6 * power(draw(n, 5, $4), 2)), 5, floor(3 * power(draw(n, 6, $4), 4)), draw(n, 7, $4) < 0.06,
    draw(n, 8, $4) < 0.04
  from generate_series(1, $3::bigint) n cross join lateral (select draw_moment(n, 1, $4, $5, $6) as at) m`;

const TOUCHES = `
  insert into utm_tracking (tracking_id, workspace_id, session_id, utm_source, utm_medium, utm_campaign, gclid, fbclid, created_at)
  select draw_id(n, 1, $1), workspace_id, session_id, campaign_source(c), case when c is not null then 'cpc' end,
    'campaign ' || c, case when c % 5 = 1 then 'Cj' || n end, case when c % 5 in (0, 4) then 'Iw' || n end, started_at
  from (select s.*, substr(session_id, 2)::bigint as n from sessions s) s
  cross join lateral (select draw_campaign(n, 10, $1) as c) k`;

const EVENTS = `
  insert into events (event_id, workspace_id, session_id, event_type, event_category, event_value, created_at)
  select draw_id(n, 2, $4), $1, s.session_id,
    ('{click,click,click,scroll,scroll,form_start,video_play,outbound_click}'::text[])[1 + floor(8 * draw(n, 20, $4))::int],
    'engagement', null, s.started_at + make_interval(secs => 300 * draw(n, 21, $4))
  from generate_series(1, $2::bigint) n
  join sessions s on s.session_id = 's' || (1 + n % $3::bigint)`;

const LEADS = `
  insert into leads (lead_id, workspace_id, domain_id, session_id, utm_tracking_id, hashed_email, lead_score, time_to_conversion, created_at)
  select draw_id(n, 3, $1), workspace_id, domain_id, session_id, draw_id(n, 1, $1), md5('mail' || n),
    floor(100 * draw(n, 30, $1)), t, started_at + make_interval(secs => t)
  from (select s.*, substr(session_id, 2)::bigint as n from sessions s where converted and not is_bot_detected) s
  cross join lateral (select floor(20 + 900 * draw(n, 31, $1))::int as t) k`;

// One statement a stage: the trigger makes the offline conversions, as it does for everybody.
const STAGES = `
  insert into lead_stages (workspace_id, lead_id, stage_name, stage_value, created_at)
  select workspace_id, lead_id, 'won', round((100 + 3000 * power(draw(n, 40, $1), 3))::numeric, 2),
    created_at + make_interval(days => 1 + floor(20 * draw(n, 41, $1))::int)
  from (select l.*, substr(session_id, 2)::bigint as n from leads l) l
  where draw(n, 42, $1) < 0.12`;

const CLICKS = `
  insert into clicks (tracking_token, workspace_id, pool_id, bot_id, utm_source, utm_medium, utm_campaign, fbclid, event_source_url,
    pageview_event_id, pageview_ts, mode, consent, geo_country, geo_state, is_bot_detected, created_at)
  select t, $1, $2, $3, campaign_source(c), 'paid', 'campaign ' || c, 'Iw' || n, 'https://go.example/go/a', 'evt_' || t, at,
    'bridge', 'granted', case when draw(n, 53, $5) < 0.93 then 'BR' else 'PT' end, 'SP', draw(n, 54, $5) < 0.05, at
  from generate_series(1, $4::bigint) n
  cross join lateral (select draw_moment(n, 50, $5, $6, $7) as at, md5('click' || n) as t, draw_campaign(n, 51, $5) as c) m`;

const PEOPLE = `
  insert into bot_users (id, workspace_id, bot_id, telegram_user_id, chat_id, tracking_session_id, matched_by, click_timestamp,
    first_interaction, last_interaction, utm_source, utm_medium, utm_campaign, fbclid, geo_country)
  select draw_id(n, 4, $1), workspace_id, bot_id, n, n, tracking_token, 'token', created_at,
    created_at + make_interval(secs => 5 + 60 * draw(n, 60, $1)), created_at, utm_source, utm_medium, utm_campaign, fbclid, geo_country
  from (select c.*, substr(fbclid, 3)::bigint as n from clicks c where not is_bot_detected) c
  where draw(n, 61, $1) < 0.3`;

const PAYMENTS = `
  insert into payments (id, workspace_id, bot_id, account_id, bot_user_id, customer_user_id, chat_id, product_name, product_delivery_url,
    amount, status, gateway, tracking_token, pool_id, utm_source, utm_campaign, request_key, created_at, paid_at)
  select draw_id(telegram_user_id, 5, $2), u.workspace_id, u.bot_id, $1, u.id, telegram_user_id, chat_id, 'Course', 'https://shop.example',
    ('{19.90,47.00,97.00,197.00}'::numeric[])[1 + floor(4 * draw(telegram_user_id, 70, $2))::int],
    case when draw(telegram_user_id, 71, $2) < 0.03 then 'refunded' when draw(telegram_user_id, 71, $2) < 0.6 then 'paid' else 'expired' end,
    'sandbox', tracking_session_id, c.pool_id, u.utm_source, u.utm_campaign, telegram_user_id::text, first_interaction,
    case when draw(telegram_user_id, 71, $2) < 0.6 then first_interaction + make_interval(secs => 60 + 3600 * draw(telegram_user_id, 72, $2)) end
  from bot_users u join clicks c on c.tracking_token = u.tracking_session_id
  where draw(telegram_user_id, 73, $2) < 0.25`;

const SPEND = `
  insert into ad_spend (workspace_id, day, platform, campaign_name, impressions, clicks, cost_cents, currency)
  select $1, ($3::timestamptz - make_interval(days => d::int))::date,
    ('{meta,google_ads,tiktok,linkedin,meta}'::text[])[1 + c % 5], 'campaign ' || c,
    floor(20000 * draw(d * 100 + c, 80, $2)), floor(400 * draw(d * 100 + c, 81, $2)), floor(30000 / (1 + c) * (0.5 + draw(d * 100 + c, 82, $2))), 'BRL'
  from generate_series(0, $4::int - 1) d cross join generate_series(0, 39) c`;
