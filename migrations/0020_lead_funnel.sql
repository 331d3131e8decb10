-- The second funnel: sites, sessions, touches, page views, events, leads, stages, and the conversions that follow.
create table domains (
  domain_id uuid primary key,
  workspace_id uuid not null references workspaces,
  domain_name text not null,
  domain_url text not null, -- origin: https://example.com
  allowed_origins text[] not null default '{}', -- further origins of the same site
  is_active boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, domain_url)
);
create trigger domains_changed after insert or update or delete on domains
  for each statement execute function bump_settings_version();

create table landing_pages (
  page_id uuid primary key,
  workspace_id uuid not null,
  domain_id uuid not null references domains,
  page_url text not null, -- without query and fragment
  page_name text,
  page_variant text,
  is_control boolean not null default false,
  ab_test_id uuid,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  unique (domain_id, page_url)
);
create index landing_pages_workspace on landing_pages (workspace_id, page_id);

create table sessions (
  session_id text primary key,
  workspace_id uuid not null,
  domain_id uuid not null,
  first_page_id uuid,
  visitor_id text,
  started_at timestamptz not null,
  last_activity_at timestamptz not null,
  total_page_views int not null default 0,
  total_events int not null default 0,
  return_visits int not null default 0, -- earlier sessions of the same visitor
  converted boolean not null default false,
  consent_ads text not null default 'granted' check (consent_ads in ('granted', 'denied', 'pending')),
  consent_analytics text not null default 'granted' check (consent_analytics in ('granted', 'denied', 'pending')),
  is_bot_detected boolean not null default false,
  metadata jsonb not null default '{}'
);
create index sessions_started_at on sessions (started_at);
create index sessions_converted on sessions (converted, started_at);
create index sessions_domain on sessions (domain_id, started_at);
create index sessions_visitor on sessions (visitor_id, started_at);
create index sessions_workspace on sessions (workspace_id, started_at);

-- One row for each new set of UTMs or click ids in a session; never overwritten.
create table utm_tracking (
  tracking_id uuid not null,
  workspace_id uuid not null,
  session_id text not null,
  page_id uuid,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_id text,
  utm_term text,
  utm_content text,
  gclid text,
  gbraid text,
  wbraid text,
  fbclid text,
  ttclid text,
  li_fat_id text,
  msclkid text,
  fbc text,
  fbp text,
  ttp text,
  ga_client_id text,
  device text,
  match_type text,
  attribution_model text not null default 'last_touch',
  referrer text,
  page_url text,
  url_params jsonb not null default '{}',
  user_agent text,
  client_ip inet,
  ip_hash text,
  created_at timestamptz not null,
  primary key (tracking_id, created_at)
) partition by range (created_at);
create index utm_tracking_created_at on utm_tracking (created_at);
create index utm_tracking_source on utm_tracking (utm_source, created_at);
create index utm_tracking_campaign on utm_tracking (utm_campaign, created_at);
create index utm_tracking_session on utm_tracking (session_id, created_at);
create index utm_tracking_gclid on utm_tracking (gclid) where gclid is not null;
create index utm_tracking_fbclid on utm_tracking (fbclid) where fbclid is not null;
create index utm_tracking_workspace on utm_tracking (workspace_id, created_at);

create table page_views (
  view_id uuid not null,
  workspace_id uuid not null,
  session_id text not null,
  page_id uuid,
  view_order int not null,
  time_on_page int, -- seconds
  exit_page boolean not null default false,
  page_url text,
  title text,
  created_at timestamptz not null,
  primary key (view_id, created_at)
) partition by range (created_at);
create index page_views_created_at on page_views (created_at);
create index page_views_session on page_views (session_id, created_at);
create index page_views_workspace on page_views (workspace_id, created_at);

create table events (
  event_id uuid not null,
  workspace_id uuid not null,
  session_id text not null,
  page_id uuid,
  event_type text not null,
  event_category text,
  event_action text,
  event_label text,
  event_value numeric,
  element_id text,
  element_class text,
  event_data jsonb not null default '{}',
  created_at timestamptz not null,
  primary key (event_id, created_at)
) partition by range (created_at);
create index events_created_at on events (created_at);
create index events_type on events (event_type, created_at);
create index events_session on events (session_id, created_at);
create index events_workspace on events (workspace_id, created_at);

create table leads (
  lead_id uuid not null,
  workspace_id uuid not null,
  domain_id uuid,
  session_id text,
  utm_tracking_id uuid, -- the touch that the lead is attributed to: fixed when the lead is first joined to a session
  page_id uuid,
  external_id text,
  name bytea, -- encrypted, as email, phone and message
  email bytea,
  hashed_email text, -- keyed hash of the normalised address, for matching
  company text,
  phone bytea,
  hashed_phone text,
  extensions jsonb not null default '{}',
  message bytea,
  form_location text,
  lead_score int,
  score_reasons jsonb not null default '[]',
  is_business_email boolean,
  email_domain text,
  time_to_conversion int, -- seconds from the session's start
  duplicate_of uuid, -- the first lead of the same e-mail or phone in the domain
  consent_ads text not null default 'granted' check (consent_ads in ('granted', 'denied', 'pending')),
  client_ip inet,
  ip_hash text,
  user_agent text,
  anonymised_at timestamptz,
  created_at timestamptz not null,
  metadata jsonb not null default '{}',
  primary key (lead_id, created_at)
) partition by range (created_at);
create index leads_id on leads (lead_id);
create index leads_created_at on leads (created_at);
create index leads_hashed_email on leads (hashed_email) where hashed_email is not null;
create index leads_hashed_phone on leads (hashed_phone) where hashed_phone is not null;
create index leads_score on leads (lead_score, created_at);
create index leads_session on leads (session_id);
create index leads_external on leads (external_id) where external_id is not null;
create index leads_workspace on leads (workspace_id, created_at, lead_id);

create table lead_stages (
  stage_id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  stage_name text not null check (stage_name in ('new', 'qualified', 'proposal', 'negotiation', 'won', 'lost')),
  stage_value numeric(14, 2) check (stage_value >= 0),
  currency text,
  probability int check (probability between 0 and 100),
  changed_by text,
  reason text,
  dedupe_key text unique, -- one change at its source (a CRM's event) makes one stage
  created_at timestamptz not null default now()
);
create index lead_stages_lead on lead_stages (lead_id, created_at);
create index lead_stages_created_at on lead_stages (created_at);
create index lead_stages_name on lead_stages (stage_name, created_at);
create index lead_stages_workspace on lead_stages (workspace_id, created_at);

create table offline_conversions (
  conversion_id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid not null,
  original_tracking_id uuid,
  gclid text,
  gbraid text,
  wbraid text,
  fbclid text,
  ttclid text,
  li_fat_id text,
  conversion_value numeric(14, 2),
  conversion_currency text,
  conversion_date timestamptz not null,
  conversion_name text not null,
  sync_status jsonb not null default '{}',
  revision int not null default 1, -- grows with each restatement
  retracted_at timestamptz, -- lost after won
  created_at timestamptz not null default now(),
  unique (lead_id, conversion_name)
);
create index offline_conversions_lead on offline_conversions (lead_id);
create index offline_conversions_date on offline_conversions (conversion_date);
create index offline_conversions_status on offline_conversions using gin (sync_status);
create index offline_conversions_workspace on offline_conversions (workspace_id, conversion_date);

-- The row is the job: what is owed to a CRM or came from one, with its attempts.
create table crm_connections (
  connection_id uuid primary key,
  workspace_id uuid not null references workspaces,
  kind text not null,
  name text not null default '',
  credentials bytea not null, -- encrypted JSON
  settings jsonb not null default '{}',
  is_active boolean not null default true,
  paused_at timestamptz,
  pause_reason text,
  last_reconciled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index crm_connections_workspace on crm_connections (workspace_id);
create trigger crm_connections_changed after insert or delete or update of credentials, settings, is_active, name
  on crm_connections for each statement execute function bump_settings_version();

create table integrations_log (
  log_id uuid primary key,
  workspace_id uuid not null,
  connection_id uuid references crm_connections,
  lead_id uuid,
  integration_type text not null, -- push (to the CRM), pull (from it), webhook
  integration_name text not null, -- the CRM's kind
  status text not null check (status in ('due', 'success', 'failed', 'ignored')),
  request_data jsonb,
  response_data jsonb,
  error_message text,
  retry_count int not null default 0,
  dedupe_key text unique,
  body bytea, -- encrypted: what is to be sent, or what came in
  next_attempt_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  processed_at timestamptz
);
create index integrations_log_due on integrations_log (next_attempt_at) where status = 'due';
create index integrations_log_lead on integrations_log (lead_id);
create index integrations_log_workspace on integrations_log (workspace_id, created_at, log_id);

create table visitor_journeys (
  journey_id uuid primary key,
  workspace_id uuid not null,
  visitor_id text not null,
  domain_id uuid not null,
  first_visit_at timestamptz not null,
  last_visit_at timestamptz not null,
  total_sessions int not null default 0,
  total_page_views int not null default 0,
  converted boolean not null default false,
  conversion_session_id text,
  unique (domain_id, visitor_id)
);
create index visitor_journeys_visitor on visitor_journeys (visitor_id);
create index visitor_journeys_workspace on visitor_journeys (workspace_id, last_visit_at);

create table lead_access_log (
  access_id uuid primary key,
  workspace_id uuid not null,
  lead_id uuid,
  subject_kind text not null default 'lead', -- lead, bot_user, payment, export
  subject_id text,
  actor text not null, -- api key or person
  action text not null, -- read, export, erase, import
  reason text,
  fields text[] not null default '{}',
  accessed_at timestamptz not null default now()
);
create index lead_access_log_lead on lead_access_log (lead_id, accessed_at);
create index lead_access_log_workspace on lead_access_log (workspace_id, accessed_at);

create table ad_spend (
  workspace_id uuid not null,
  day date not null,
  platform text not null,
  account_id text not null default '',
  campaign_id text not null default '',
  campaign_name text not null default '',
  ad_set_name text not null default '',
  ad_name text not null default '',
  utm_source text,
  utm_campaign text,
  impressions bigint not null default 0,
  clicks bigint not null default 0,
  cost_cents bigint not null check (cost_cents >= 0),
  currency text not null,
  imported_at timestamptz not null default now(),
  primary key (workspace_id, day, platform, account_id, campaign_id, campaign_name, ad_set_name, ad_name)
);
create index ad_spend_day on ad_spend (workspace_id, day, utm_campaign);

-- How much one unit of `currency` was worth in `base` on a day; converted sums use the newest rate not after their day.
create table currency_rates (
  workspace_id uuid not null,
  day date not null,
  currency text not null,
  base text not null,
  rate numeric(18, 8) not null check (rate > 0),
  primary key (workspace_id, currency, base, day)
);

select ensure_month_partitions(parent, (now() - interval '4 months')::date, 9)
from unnest('{utm_tracking,page_views,events,leads}'::regclass[]) as parent;
