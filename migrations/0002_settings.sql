-- What a person configures for the Telegram funnel: bots, products, pools, gateway accounts, destinations.
create table bots (
  bot_id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  telegram_token bytea not null, -- encrypted
  telegram_bot_id bigint not null,
  username text not null,
  webhook_secret bytea not null, -- encrypted
  welcome_message text not null default '',
  is_active boolean not null default true,
  is_simulated boolean not null default false, -- talks to the built-in simulator instead of Telegram
  delivery text not null default 'webhook' check (delivery in ('webhook', 'polling')),
  delivery_problem text, -- Telegram's own words when the webhook could not be set
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index bots_telegram_bot_id on bots (telegram_bot_id) where is_active;
create index bots_workspace on bots (workspace_id);

create table products (
  product_id uuid primary key,
  workspace_id uuid not null references workspaces,
  bot_id uuid not null references bots,
  name text not null,
  amount_cents bigint not null check (amount_cents > 0),
  currency text not null default 'BRL' check (currency ~ '^[A-Z]{3}$'),
  delivery_url text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index products_bot on products (bot_id, created_at);

create table pools (
  pool_id uuid primary key,
  workspace_id uuid not null references workspaces,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  name text not null,
  mode text not null default 'bridge' check (mode in ('bridge', 'direct')),
  strategy text not null default 'weighted' check (strategy in ('weighted', 'round_robin')),
  is_active boolean not null default true,
  meta_tracking_enabled boolean not null default false,
  meta_events_pageview boolean not null default true,
  meta_events_viewcontent boolean not null default true,
  meta_events_initiatecheckout boolean not null default true,
  meta_events_purchase boolean not null default true,
  utmify_pixel_id text,
  parameter_builder text not null default 'consent' check (parameter_builder in ('consent', 'always', 'never')),
  consent_mode text not null default 'assumed' check (consent_mode in ('assumed', 'ask')),
  meta_cloaker_enabled boolean not null default false, -- the gate; the name is the field's
  gate jsonb not null default '{}', -- {link_key, allowed_countries, block_bots, block_datacenters}
  go_rate_limit int check (go_rate_limit >= 0), -- clicks an hour an IP; null = the server's setting, 0 = none
  page jsonb not null default '{}', -- texts, colours and picture of the bridge page
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index pools_workspace on pools (workspace_id);

create table pool_bots (
  pool_id uuid not null references pools on delete cascade,
  bot_id uuid not null references bots on delete cascade,
  weight int not null default 1 check (weight between 0 and 10000),
  is_enabled boolean not null default true,
  position int not null default 0,
  primary key (pool_id, bot_id)
);
create index pool_bots_bot on pool_bots (bot_id);

create table gateway_accounts (
  account_id uuid primary key,
  workspace_id uuid not null references workspaces,
  gateway text not null,
  name text not null default '',
  credentials bytea not null, -- encrypted JSON
  is_default boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index gateway_accounts_default on gateway_accounts (workspace_id) where is_default and is_active;

-- Our account at an ad platform. A pool's own Meta pixel is a destination too (pool_id), so that there is one way out.
create table destinations (
  destination_id uuid primary key,
  workspace_id uuid not null references workspaces,
  pool_id uuid unique references pools on delete set null,
  platform text not null,
  name text not null default '',
  credentials bytea not null, -- encrypted JSON
  settings jsonb not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index destinations_workspace on destinations (workspace_id, platform) where is_active;

create trigger bots_changed after insert or update or delete on bots
  for each statement execute function bump_settings_version();
create trigger products_changed after insert or update or delete on products
  for each statement execute function bump_settings_version();
create trigger pools_changed after insert or update or delete on pools
  for each statement execute function bump_settings_version();
create trigger pool_bots_changed after insert or update or delete on pool_bots
  for each statement execute function bump_settings_version();
create trigger gateway_accounts_changed after insert or update or delete on gateway_accounts
  for each statement execute function bump_settings_version();
create trigger destinations_changed after insert or update or delete on destinations
  for each statement execute function bump_settings_version();
