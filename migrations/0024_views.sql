-- The four materialised views that the analytics read: sums by the hour of the workspace's own zone, so that any ratio
-- over any range is a ratio of sums. Bots are left out of every count; money is never left out.

-- A zone that PostgreSQL does not know would stop the refresh of everybody's numbers.
alter table workspaces add check (timestamptz '2000-01-01 00:00+00' at time zone timezone is not null);

-- How the views are: when they were made, and from what (the marker), so that an unchanged database costs nothing.
create table view_refreshes (
  view_name text primary key,
  refreshed_at timestamptz not null,
  checked_at timestamptz not null, -- when it was last found to be what a refresh would make
  duration_ms int not null,
  marker text
);

-- Where a visit came from, by the words that ad platforms and people use in utm_medium.
create function traffic_channel(source text, medium text, search_click text, social_click text, referrer text)
returns text language sql immutable as $$
  select case
    when search_click is not null then 'paid_search'
    when social_click is not null then 'paid_social'
    when lower(medium) in ('email', 'e-mail', 'newsletter') then 'email'
    when lower(medium) in ('cpc', 'ppc', 'paid', 'paidsearch', 'paid_search', 'paid_social', 'paidsocial', 'cpm', 'ads')
      then case when lower(source) in ('google', 'bing', 'adwords', 'yahoo', 'microsoft')
        and lower(medium) not in ('paid_social', 'paidsocial') then 'paid_search' else 'paid_social' end
    when lower(medium) in ('social', 'organic_social') then 'organic_social'
    when lower(medium) = 'organic' then 'organic_search'
    when lower(medium) in ('referral', 'affiliate') then 'referral'
    when coalesce(source, medium) is not null then 'other'
    when referrer is not null then 'referral'
    else 'direct'
  end
$$;

-- The campaign that a visit names: by its name, else by its id.
create function traffic_campaign(utm_campaign text, utm_id text) returns text language sql immutable as $$
  select coalesce(utm_campaign, utm_id)
$$;

-- What each session began with.
create view session_touches as
select distinct on (session_id) session_id, workspace_id, utm_source as source,
  traffic_campaign(utm_campaign, utm_id) as campaign
from utm_tracking
order by session_id, created_at, tracking_id;

-- Leads with the touch that they are attributed to; bots' leads only where they became a sale.
create view attributed_leads as
select distinct on (l.lead_id) l.lead_id, l.workspace_id, l.domain_id, l.created_at, l.lead_score,
  l.time_to_conversion, l.duplicate_of is not null as is_duplicate, t.utm_source as source,
  traffic_campaign(t.utm_campaign, t.utm_id) as campaign,
  traffic_channel(t.utm_source, t.utm_medium, coalesce(t.gclid, t.gbraid, t.wbraid, t.msclkid),
    coalesce(t.fbclid, t.ttclid, t.li_fat_id), t.referrer) as channel
from leads l
left join sessions s on s.session_id = l.session_id and s.workspace_id = l.workspace_id
left join utm_tracking t on t.tracking_id = l.utm_tracking_id and t.workspace_id = l.workspace_id
where s.is_bot_detected is not true
  or exists (select from offline_conversions o where o.lead_id = l.lead_id and o.retracted_at is null)
order by l.lead_id, l.created_at;

-- What was sold away from the site and still stands, in the workspace's currency where a rate is known. A sale whose
-- currency has no rate keeps its own: it is shown beside the sums, never added to them.
create view attributed_sales as
select distinct on (o.conversion_id) o.conversion_id, o.workspace_id, o.lead_id, o.conversion_date,
  coalesce(l.domain_id, s.domain_id) as domain_id,
  t.utm_source as source, traffic_campaign(t.utm_campaign, t.utm_id) as campaign,
  round(coalesce(o.conversion_value, 0) * coalesce(r.rate, 1), 2) as amount,
  case when r.rate is null then coalesce(o.conversion_currency, w.currency) else w.currency end as currency
from offline_conversions o
join workspaces w on w.workspace_id = o.workspace_id
left join leads l on l.lead_id = o.lead_id and l.workspace_id = o.workspace_id
left join sessions s on s.session_id = l.session_id and s.workspace_id = l.workspace_id
left join utm_tracking t on t.tracking_id = coalesce(o.original_tracking_id, l.utm_tracking_id)
  and t.workspace_id = o.workspace_id
left join lateral (
  select rate from currency_rates
  where o.conversion_currency <> w.currency and workspace_id = o.workspace_id
    and currency = o.conversion_currency and base = w.currency
    and day <= (o.conversion_date at time zone w.timezone)::date
  order by day desc limit 1
) r on true
where o.retracted_at is null
order by o.conversion_id, l.created_at;

-- What was paid in the bots. A refund takes the money out of the day of its sale: a campaign's return is what stayed.
create view attributed_payments as
select p.id as payment_id, p.workspace_id, p.bot_user_id, p.created_at, p.paid_at, p.pool_id, u.click_timestamp,
  u.geo_country as country, p.utm_source as source, traffic_campaign(p.utm_campaign, p.utm_id) as campaign,
  p.status = 'refunded' as is_refunded,
  round(p.amount * coalesce(r.rate, 1), 2) as amount,
  case when r.rate is null then p.currency else w.currency end as currency
from payments p
join workspaces w on w.workspace_id = p.workspace_id
left join bot_users u on u.id = p.bot_user_id
left join lateral (
  select rate from currency_rates
  where p.currency <> w.currency and workspace_id = p.workspace_id and currency = p.currency and base = w.currency
    and day <= (coalesce(p.paid_at, p.created_at) at time zone w.timezone)::date
  order by day desc limit 1
) r on true;

create materialized view daily_conversions_summary as
with facts as (
  select c.workspace_id, 'telegram' as funnel, date_trunc('hour', c.created_at, w.timezone) as hour_at,
    c.utm_source as source, traffic_campaign(c.utm_campaign, c.utm_id) as campaign, c.pool_id,
    null::uuid as domain_id, c.geo_country as country, w.currency,
    count(*) as clicks, 0::bigint as starts, 0::bigint as checkouts, 0::bigint as sales, 0::bigint as refunds,
    0::numeric as revenue, 0::numeric as refunded, 0::bigint as sessions, 0::bigint as leads,
    0::bigint as offline_sales, 0::numeric as offline_revenue
  from clicks c join workspaces w on w.workspace_id = c.workspace_id
  where not c.is_bot_detected
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select u.workspace_id, 'telegram', date_trunc('hour', u.first_interaction, w.timezone), u.utm_source,
    traffic_campaign(u.utm_campaign, u.utm_id), c.pool_id, null::uuid, u.geo_country, w.currency,
    0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
  from bot_users u
  join workspaces w on w.workspace_id = u.workspace_id
  left join clicks c on c.tracking_token = u.tracking_session_id and c.workspace_id = u.workspace_id
  where u.is_bot_detected is not true
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select p.workspace_id, 'telegram', date_trunc('hour', p.created_at, w.timezone), p.source, p.campaign, p.pool_id,
    null::uuid, p.country, w.currency, 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0
  from attributed_payments p join workspaces w on w.workspace_id = p.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select p.workspace_id, 'telegram', date_trunc('hour', p.paid_at, w.timezone), p.source, p.campaign, p.pool_id,
    null::uuid, p.country, p.currency, 0, 0, 0, count(*), count(*) filter (where p.is_refunded),
    sum(p.amount), coalesce(sum(p.amount) filter (where p.is_refunded), 0), 0, 0, 0, 0
  from attributed_payments p join workspaces w on w.workspace_id = p.workspace_id
  where p.paid_at is not null
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select s.workspace_id, 'site', date_trunc('hour', s.started_at, w.timezone), t.source, t.campaign, null::uuid,
    s.domain_id, null::text, w.currency, 0, 0, 0, 0, 0, 0, 0, count(*), 0, 0, 0
  from sessions s
  join workspaces w on w.workspace_id = s.workspace_id
  left join session_touches t on t.session_id = s.session_id and t.workspace_id = s.workspace_id
  where not s.is_bot_detected
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select l.workspace_id, 'site', date_trunc('hour', l.created_at, w.timezone), l.source, l.campaign, null::uuid,
    l.domain_id, null::text, w.currency, 0, 0, 0, 0, 0, 0, 0, 0, count(*), 0, 0
  from attributed_leads l join workspaces w on w.workspace_id = l.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select o.workspace_id, 'site', date_trunc('hour', o.conversion_date, w.timezone), o.source, o.campaign, null::uuid,
    o.domain_id, null::text, o.currency, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*), sum(o.amount)
  from attributed_sales o join workspaces w on w.workspace_id = o.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)
select
  md5(row(f.workspace_id, f.funnel, f.hour_at, f.source, f.campaign, f.pool_id, f.domain_id, f.country,
    f.currency)::text)::uuid as row_key,
  f.workspace_id, (f.hour_at at time zone w.timezone)::date as day,
  extract(hour from f.hour_at at time zone w.timezone)::int as hour, f.hour_at, f.funnel, f.source, f.campaign,
  f.pool_id, f.domain_id, f.country, f.currency,
  sum(f.clicks)::int as clicks, sum(f.starts)::int as starts, sum(f.checkouts)::int as checkouts,
  sum(f.sales)::int as sales, sum(f.refunds)::int as refunds, sum(f.revenue) as revenue,
  sum(f.refunded) as refunded, sum(f.sessions)::int as sessions, sum(f.leads)::int as leads,
  sum(f.offline_sales)::int as offline_sales, sum(f.offline_revenue) as offline_revenue
from facts f join workspaces w on w.workspace_id = f.workspace_id
group by f.workspace_id, w.timezone, f.hour_at, f.funnel, f.source, f.campaign, f.pool_id, f.domain_id, f.country,
  f.currency;
create unique index daily_conversions_summary_key on daily_conversions_summary (row_key);
create index daily_conversions_summary_hour on daily_conversions_summary (workspace_id, hour_at);

-- Which campaign of the visits a line of ad spend paid for: named by the person, or the same name, or the same id
-- (utm_campaign, utm_id, or the id behind a bar as in `name|id`). Visits from the platform's own sources come first.
create view attributed_spend as
with traffic as materialized (
  select workspace_id, source, lower(source) as source_word, campaign, lower(campaign) as campaign_word, traffic_id,
    sum(visits) as visits
  from (
    select workspace_id, utm_source as source, traffic_campaign(utm_campaign, utm_id) as campaign,
      coalesce(utm_id, substring(utm_campaign from '\|\s*(\d{5,})\s*$')) as traffic_id, count(*) as visits
    from clicks where utm_campaign is not null or utm_id is not null group by 1, 2, 3, 4
    union all
    select workspace_id, utm_source, traffic_campaign(utm_campaign, utm_id),
      coalesce(utm_id, substring(utm_campaign from '\|\s*(\d{5,})\s*$')), count(*)
    from utm_tracking where utm_campaign is not null or utm_id is not null group by 1, 2, 3, 4
  ) visits
  group by 1, 2, 3, 4, 5, 6
), bought as (
  select distinct workspace_id, platform, campaign_id, campaign_name, utm_source, utm_campaign from ad_spend
), matched as materialized ( -- once for a campaign, not once for each of its days
  select b.*, m.source, m.campaign
  from bought b
  left join lateral (
    select t.source, t.campaign
    from traffic t
    where t.workspace_id = b.workspace_id
      and (b.utm_source is null or t.source_word = lower(b.utm_source))
      and case when b.utm_campaign is not null then t.campaign_word = lower(b.utm_campaign)
        else t.campaign_word = lower(nullif(b.campaign_name, '')) or t.campaign = nullif(b.campaign_id, '')
          or t.traffic_id = nullif(b.campaign_id, '') end
    order by t.source_word = any (case b.platform
        when 'meta' then '{facebook,fb,meta,instagram,ig,facebookads,meta_ads}'::text[]
        when 'google_ads' then '{google,googleads,google_ads,adwords,youtube}'::text[]
        when 'tiktok' then '{tiktok,tt,tiktokads}'::text[]
        when 'linkedin' then '{linkedin,li,linkedin_ads}'::text[] else '{}'::text[] end) desc nulls last,
      t.traffic_id = b.campaign_id desc nulls last, t.visits desc, t.source, t.campaign
    limit 1
  ) m on true
)
select a.workspace_id, a.day, a.impressions, a.clicks,
  coalesce(m.source, a.utm_source, case a.platform when 'meta' then 'facebook' when 'google_ads' then 'google'
    else a.platform end) as source,
  coalesce(m.campaign, a.utm_campaign, nullif(a.campaign_name, ''), nullif(a.campaign_id, '')) as campaign,
  round(a.cost_cents / 100.0 * coalesce(r.rate, 1), 2) as cost,
  case when r.rate is null then a.currency else w.currency end as currency
from ad_spend a
join workspaces w on w.workspace_id = a.workspace_id
join matched m on (m.workspace_id, m.platform, m.campaign_id, m.campaign_name)
    = (a.workspace_id, a.platform, a.campaign_id, a.campaign_name)
  and m.utm_source is not distinct from a.utm_source and m.utm_campaign is not distinct from a.utm_campaign
left join lateral (
  select rate from currency_rates
  where a.currency <> w.currency and workspace_id = a.workspace_id and currency = a.currency and base = w.currency
    and day <= a.day
  order by day desc limit 1
) r on true;

-- Made of the view before, so that both tell the same. The cost of a day stands at its noon, which is the same date in
-- the zones around.
create materialized view campaign_performance as
with facts as (
  select workspace_id, hour_at, source, campaign, pool_id, domain_id, currency,
    sum(clicks)::bigint as clicks, sum(starts)::bigint as starts, sum(checkouts)::bigint as checkouts,
    sum(sales)::bigint as sales, sum(refunds)::bigint as refunds, sum(revenue) as revenue, sum(refunded) as refunded,
    sum(sessions)::bigint as sessions, sum(leads)::bigint as leads, sum(offline_sales)::bigint as offline_sales,
    sum(offline_revenue) as offline_revenue, 0::bigint as scored_leads, 0::bigint as lead_score_sum,
    0::bigint as timed_conversions, 0::bigint as seconds_to_conversion, 0::numeric as cost,
    0::bigint as impressions, 0::bigint as ad_clicks
  from daily_conversions_summary
  group by 1, 2, 3, 4, 5, 6, 7
  union all
  select l.workspace_id, date_trunc('hour', l.created_at, w.timezone), l.source, l.campaign, null::uuid, l.domain_id,
    w.currency, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(l.lead_score), coalesce(sum(l.lead_score), 0),
    count(l.time_to_conversion), coalesce(sum(l.time_to_conversion), 0), 0, 0, 0
  from attributed_leads l join workspaces w on w.workspace_id = l.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7
  union all
  select p.workspace_id, date_trunc('hour', p.paid_at, w.timezone), p.source, p.campaign, p.pool_id, null::uuid,
    w.currency, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*),
    sum(greatest(0, extract(epoch from p.paid_at - p.click_timestamp)))::bigint, 0, 0, 0
  from attributed_payments p join workspaces w on w.workspace_id = p.workspace_id
  where p.paid_at is not null and p.click_timestamp is not null
  group by 1, 2, 3, 4, 5, 6, 7
  union all
  select a.workspace_id, (a.day + time '12:00') at time zone w.timezone, a.source, a.campaign, null::uuid, null::uuid,
    a.currency, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(a.cost), sum(a.impressions), sum(a.clicks)
  from attributed_spend a join workspaces w on w.workspace_id = a.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7
)
select
  md5(row(f.workspace_id, f.hour_at, f.source, f.campaign, f.pool_id, f.domain_id, f.currency)::text)::uuid
    as row_key,
  f.workspace_id, (f.hour_at at time zone w.timezone)::date as day,
  extract(hour from f.hour_at at time zone w.timezone)::int as hour, f.hour_at, f.source, f.campaign, f.pool_id,
  f.domain_id, f.currency,
  sum(f.clicks)::int as clicks, sum(f.starts)::int as starts, sum(f.checkouts)::int as checkouts,
  sum(f.sales)::int as sales, sum(f.refunds)::int as refunds, sum(f.revenue) as revenue,
  sum(f.refunded) as refunded, sum(f.sessions)::int as sessions, sum(f.leads)::int as leads,
  sum(f.offline_sales)::int as offline_sales, sum(f.offline_revenue) as offline_revenue,
  sum(f.scored_leads)::int as scored_leads, sum(f.lead_score_sum)::int as lead_score_sum,
  sum(f.timed_conversions)::int as timed_conversions,
  sum(f.seconds_to_conversion)::bigint as seconds_to_conversion,
  sum(f.cost) as cost, sum(f.impressions)::bigint as impressions, sum(f.ad_clicks)::bigint as ad_clicks
from facts f join workspaces w on w.workspace_id = f.workspace_id
group by f.workspace_id, w.timezone, f.hour_at, f.source, f.campaign, f.pool_id, f.domain_id, f.currency;
create unique index campaign_performance_key on campaign_performance (row_key);
create index campaign_performance_hour on campaign_performance (workspace_id, hour_at);

-- Rows without an event type are the sessions, counted at their start with all that happened in them; rows with one
-- are the events, counted when they happened. What people do in the bots is told in the same words.
create materialized view visitor_behavior_summary as
with facts as (
  select s.workspace_id, 'site' as funnel, date_trunc('hour', s.started_at, w.timezone) as hour_at, t.source,
    null::uuid as pool_id, s.domain_id, null::text as event_type,
    count(*) as sessions, count(*) filter (where s.return_visits = 0) as new_visitors,
    count(*) filter (where s.total_page_views <= 1 and s.total_events = 0) as bounces,
    count(*) filter (where s.converted) as converted_sessions, sum(s.total_page_views) as page_views,
    sum(greatest(0, extract(epoch from s.last_activity_at - s.started_at)))::bigint as session_seconds,
    0::bigint as events, 0::numeric as event_value
  from sessions s
  join workspaces w on w.workspace_id = s.workspace_id
  left join session_touches t on t.session_id = s.session_id and t.workspace_id = s.workspace_id
  where not s.is_bot_detected
  group by 1, 2, 3, 4, 5, 6, 7
  union all
  select e.workspace_id, 'site', date_trunc('hour', e.created_at, w.timezone), t.source, null::uuid, s.domain_id,
    e.event_type, 0, 0, 0, 0, 0, 0, count(*), coalesce(sum(e.event_value), 0)
  from events e
  join workspaces w on w.workspace_id = e.workspace_id
  join sessions s on s.session_id = e.session_id and s.workspace_id = e.workspace_id
  left join session_touches t on t.session_id = e.session_id and t.workspace_id = e.workspace_id
  where not s.is_bot_detected
  group by 1, 2, 3, 4, 5, 6, 7
  union all
  select d.workspace_id, 'telegram', d.hour_at, d.source, d.pool_id, null::uuid, a.event_type,
    0, 0, 0, 0, 0, 0, sum(a.events)::bigint, sum(a.event_value)
  from daily_conversions_summary d
  cross join lateral (values ('click', d.clicks, 0), ('start', d.starts, 0), ('checkout', d.checkouts, 0),
    ('purchase', d.sales, d.revenue)) a (event_type, events, event_value)
  where d.funnel = 'telegram' and a.events > 0
  group by 1, 2, 3, 4, 5, 6, 7
)
select
  md5(row(f.workspace_id, f.funnel, f.hour_at, f.source, f.pool_id, f.domain_id, f.event_type)::text)::uuid
    as row_key,
  f.workspace_id, (f.hour_at at time zone w.timezone)::date as day,
  extract(hour from f.hour_at at time zone w.timezone)::int as hour, f.hour_at, f.funnel, f.source, f.pool_id,
  f.domain_id, f.event_type, f.sessions::int as sessions, f.new_visitors::int as new_visitors,
  f.bounces::int as bounces, f.converted_sessions::int as converted_sessions, f.page_views::int as page_views,
  f.session_seconds, f.events::int as events, f.event_value
from facts f join workspaces w on w.workspace_id = f.workspace_id;
create unique index visitor_behavior_summary_key on visitor_behavior_summary (row_key);
create index visitor_behavior_summary_hour on visitor_behavior_summary (workspace_id, hour_at);

-- By the hour in which the lead came, whenever it was won: how many of those leads became sales, how long it took and
-- what they brought. In the bots a person is the lead and the first payment is the sale.
create materialized view offline_conversion_metrics as
with stages as (
  select lead_id, bool_or(stage_name in ('qualified', 'proposal', 'negotiation', 'won')) as is_qualified,
    (array_agg(stage_name order by created_at desc, arrival desc))[1] = 'lost' as is_lost
  from lead_stages group by lead_id
), people as (
  select u.id, u.workspace_id, u.first_interaction, u.utm_source as source,
    traffic_campaign(u.utm_campaign, u.utm_id) as campaign,
    traffic_channel(u.utm_source, u.utm_medium, coalesce(u.gclid, u.gbraid, u.wbraid),
      coalesce(u.fbclid, u.ttclid, u.li_fat_id), null) as channel,
    exists (select from payments p where p.bot_user_id = u.id) as has_asked, p.won_at
  from bot_users u
  left join (
    select bot_user_id, min(paid_at) as won_at
    from payments where paid_at is not null and status <> 'refunded' group by 1
  ) p on p.bot_user_id = u.id
  where u.is_bot_detected is not true or p.won_at is not null
), facts as (
  select l.workspace_id, 'site' as funnel, l.created_at as lead_at, l.source, l.campaign, l.channel, l.domain_id,
    w.currency, 1 as leads, l.is_duplicate::int as duplicates,
    (g.is_qualified is true or o.won_at is not null)::int as qualified,
    (g.is_lost is true and o.won_at is null)::int as lost, (o.won_at is not null)::int as won,
    greatest(0, extract(epoch from o.won_at - l.created_at)) as cycle_seconds, 0::bigint as sales, 0::numeric as revenue
  from attributed_leads l
  join workspaces w on w.workspace_id = l.workspace_id
  left join stages g on g.lead_id = l.lead_id
  left join (
    select lead_id, min(conversion_date) as won_at from offline_conversions where retracted_at is null group by 1
  ) o on o.lead_id = l.lead_id
  union all
  select l.workspace_id, 'site', l.created_at, l.source, l.campaign, l.channel, l.domain_id,
    o.currency, 0, 0, 0, 0, 0, 0, 1, o.amount
  from attributed_sales o join attributed_leads l on l.lead_id = o.lead_id and l.workspace_id = o.workspace_id
  union all
  select u.workspace_id, 'telegram', u.first_interaction, u.source, u.campaign, u.channel, null::uuid,
    w.currency, 1, 0, u.has_asked::int, 0, (u.won_at is not null)::int,
    greatest(0, extract(epoch from u.won_at - u.first_interaction)), 0, 0
  from people u join workspaces w on w.workspace_id = u.workspace_id
  union all
  select u.workspace_id, 'telegram', u.first_interaction, u.source, u.campaign, u.channel, null::uuid,
    p.currency, 0, 0, 0, 0, 0, 0, 1, p.amount
  from attributed_payments p join people u on u.id = p.bot_user_id and u.workspace_id = p.workspace_id
  where p.paid_at is not null and not p.is_refunded
), sums as (
  select f.workspace_id, w.timezone, f.funnel, date_trunc('hour', f.lead_at, w.timezone) as hour_at, f.source,
    f.campaign, f.channel, f.domain_id, f.currency, sum(f.leads) as leads, sum(f.duplicates) as duplicates,
    sum(f.qualified) as qualified, sum(f.lost) as lost, sum(f.won) as won, sum(f.sales)::int as sales,
    coalesce(sum(f.cycle_seconds), 0)::bigint as cycle_seconds, sum(f.revenue) as revenue
  from facts f join workspaces w on w.workspace_id = f.workspace_id
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
)
select
  md5(row(workspace_id, funnel, hour_at, source, campaign, channel, domain_id, currency)::text)::uuid as row_key,
  workspace_id, (hour_at at time zone timezone)::date as day,
  extract(hour from hour_at at time zone timezone)::int as hour, hour_at, funnel, source, campaign, channel,
  domain_id, currency, leads::int as leads, duplicates::int as duplicates, qualified::int as qualified,
  lost::int as lost, won::int as won, sales::int as sales, cycle_seconds, revenue
from sums;
create unique index offline_conversion_metrics_key on offline_conversion_metrics (row_key);
create index offline_conversion_metrics_hour on offline_conversion_metrics (workspace_id, hour_at);
