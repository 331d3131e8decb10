-- Broadcasts in Telegram: templates, the people of each broadcast with what became of them (the row is the job), who
-- wants none, and how long Telegram told a bot to wait.
create table broadcast_templates (
  template_id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  content jsonb not null, -- {texts: {pt, en}, picture_url, buttons}
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);

create table broadcasts (
  broadcast_id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  template_id uuid references broadcast_templates on delete set null,
  bot_ids uuid[] not null,
  segment_id uuid, -- null: everybody in these bots
  campaign_key text, -- a person is reached once under it, by whichever broadcast
  leaves_out text not null default 'bots' check (leaves_out in ('bots', 'suspicious', 'nobody')),
  rate_per_second int not null default 25 check (rate_per_second between 1 and 30), -- a bot
  quiet_from smallint check (quiet_from between 0 and 1439), -- minutes of the workspace's day in which nothing is sent
  quiet_to smallint check (quiet_to between 0 and 1439),
  state text not null default 'draft'
    check (state in ('draft', 'scheduled', 'preparing', 'sending', 'paused', 'done', 'stopped')),
  pause_reason text, -- why it paused by itself; null when a person did it
  content jsonb, -- the template as it was at the start
  filter jsonb, -- the segment's as it was at the start
  starts_at timestamptz,
  started_at timestamptz,
  expected int, -- people in these bots that the filter finds, counted when the listing began
  prepared_to bigint, -- Telegram user id up to which the people are listed
  prepared_at timestamptz,
  finished_at timestamptz, -- nothing is left to do for it
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((quiet_from is null) = (quiet_to is null))
);
create index broadcasts_workspace on broadcasts (workspace_id, broadcast_id);
create index broadcasts_active on broadcasts (broadcast_id)
  where state <> 'draft' and finished_at is null;

-- Ids only. `sending` is committed before Telegram is called: what is found so after a crash is `unknown`, and is not
-- sent again by itself, because Telegram has no key against repetitions.
create table broadcast_recipients (
  broadcast_id uuid not null references broadcasts on delete cascade,
  telegram_user_id bigint not null,
  workspace_id uuid not null,
  bot_id uuid not null,
  bot_user_id uuid not null references bot_users on delete cascade,
  campaign_key text,
  state text not null default 'due' check (state in ('due', 'sending', 'sent', 'unknown', 'failed', 'skipped')),
  reason text, -- one word for why
  detail text, -- Telegram's own words
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  claimed_by uuid, -- the lane's holder that called
  telegram_message_id bigint,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (broadcast_id, telegram_user_id)
);
create unique index broadcast_recipients_user on broadcast_recipients (broadcast_id, bot_user_id);
create unique index broadcast_recipients_campaign on broadcast_recipients (workspace_id, campaign_key, telegram_user_id)
  where campaign_key is not null and state in ('due', 'sending', 'sent', 'unknown');
create index broadcast_recipients_due on broadcast_recipients (broadcast_id, bot_id, next_attempt_at)
  where state = 'due';
create index broadcast_recipients_sending on broadcast_recipients (broadcast_id) where state = 'sending';
create index broadcast_recipients_bot_user on broadcast_recipients (bot_user_id);

-- One worker at a time sends a bot's broadcasts, so that its throttle holds over all machines.
create table broadcast_lanes (
  bot_id uuid primary key references bots on delete cascade,
  holder uuid not null,
  held_until timestamptz not null,
  next_send_at timestamptz not null default now()
);

-- Who wants no broadcasts, in the whole workspace; the row stays when the person changes their mind.
create table broadcast_opt_outs (
  workspace_id uuid not null,
  telegram_user_id bigint not null,
  bot_id uuid not null, -- where it was said
  broadcast_id uuid, -- under which message; null: by a command
  opted_out_at timestamptz not null,
  ended_at timestamptz,
  primary key (workspace_id, telegram_user_id)
);

-- Telegram told the bot to wait; whoever calls for it does.
create table bot_waits (
  bot_id uuid primary key references bots on delete cascade,
  wait_until timestamptz not null,
  reason text
);
