-- What the drain folds out of the capture log: clicks, their Meta sessions, counts; and how far it has come.
create table log_checkpoints (
  instance_id text not null, -- the machine whose log it is (made once in its data directory)
  writer text not null,
  segment bigint not null,
  position bigint not null, -- bytes into the segment
  records bigint not null default 0, -- folded so far
  corrupt bigint not null default 0, -- damaged lines set aside so far
  refused bigint not null default 0, -- whole records that could not be folded, set aside so far
  updated_at timestamptz not null default now(),
  primary key (instance_id, writer)
);

create table clicks (
  tracking_token text not null,
  workspace_id uuid not null,
  pool_id uuid not null,
  bot_id uuid not null,
  fbclid text,
  fbclid_hash text, -- first 32 hex digits of its SHA-256: a long fbclid's form in a Telegram start link
  gclid text,
  gbraid text,
  wbraid text,
  ttclid text,
  li_fat_id text,
  msclkid text,
  kwai_click_id text,
  fbp text,
  fbp_origin text check (fbp_origin in ('cookie', 'posted')),
  fbc text,
  fbc_origin text check (fbc_origin in ('cookie', 'generated')),
  fbi text,
  cookies_at timestamptz, -- when the page last told cookies that were worth keeping
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_id text,
  utm_term text,
  utm_content text,
  src text,
  sck text,
  grim text,
  url_params jsonb not null default '{}',
  client_ip inet,
  ip_hash text,
  client_user_agent text,
  client_hints jsonb not null default '{}',
  accept_language text,
  referrer text,
  event_source_url text not null,
  pageview_event_id text not null,
  pageview_ts timestamptz not null,
  mode text not null,
  consent text not null check (consent in ('granted', 'denied', 'pending')),
  consent_at timestamptz, -- of the person's own choice; an older choice told again changes nothing
  geo_city text,
  geo_state text,
  geo_country text,
  geo_latitude double precision,
  geo_longitude double precision,
  device_type text,
  browser_name text,
  browser_version text,
  os_name text,
  os_version text,
  in_app text,
  is_mobile boolean,
  is_tablet boolean,
  is_pc boolean,
  is_bot_detected boolean not null default false,
  bot_reasons text[] not null default '{}',
  created_at timestamptz not null,
  primary key (tracking_token, created_at)
) partition by range (created_at);
create index clicks_created_at on clicks (created_at);
create index clicks_fbclid on clicks (fbclid, created_at desc) where fbclid is not null;
create index clicks_fbclid_hash on clicks (fbclid_hash, created_at desc) where fbclid_hash is not null;
create index clicks_pool on clicks (pool_id, created_at);
create index clicks_utm_campaign on clicks (utm_campaign, created_at);
create index clicks_ip_hash on clicks (ip_hash, created_at);
create index clicks_workspace on clicks (workspace_id, created_at);

create table meta_tracking_sessions (
  tracking_token text primary key,
  workspace_id uuid not null,
  root_event_id text not null,
  pageview_sent boolean not null default false,
  pageview_sent_at timestamptz,
  fbclid text,
  fbc text,
  fbp text,
  user_external_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Counters of the pools, apart from the pools so that a click never touches what a person configures.
create table redirect_counts (
  pool_id uuid not null,
  bot_id uuid not null,
  workspace_id uuid not null,
  total_redirects bigint not null default 0,
  primary key (pool_id, bot_id)
);

-- Visits that are no clicks (refused by the gate, previews, crawlers), by UTC day and reason. Nothing else is kept of
-- them, so nothing tells two of them apart: each log's row remembers how far it has counted, and a replay adds nothing.
create table uncounted_visits (
  workspace_id uuid not null,
  pool_id uuid not null,
  day date not null,
  reason text not null,
  instance_id text not null,
  writer text not null,
  visits bigint not null default 0,
  counted_segment bigint not null,
  counted_position bigint not null,
  primary key (workspace_id, pool_id, day, reason, instance_id, writer)
);

-- Cookies and choices that were folded before their click, because another process's log held it. They wait a day.
create table early_facts (
  tracking_token text not null,
  at timestamptz not null,
  kind text not null,
  fact jsonb not null,
  folded_at timestamptz not null default now(),
  primary key (tracking_token, at, kind)
);
create index early_facts_folded_at on early_facts (folded_at);

select ensure_month_partitions('clicks', (now() - interval '4 months')::date, 9);
