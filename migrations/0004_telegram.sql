-- People in the bots, the updates that Telegram told us once each, and the messages that we owe them.
create table bot_users (
  id uuid primary key,
  workspace_id uuid not null,
  bot_id uuid not null references bots,
  telegram_user_id bigint not null,
  chat_id bigint not null,
  username bytea, -- encrypted, as the two names
  first_name bytea,
  last_name bytea,
  language_code text,
  tracking_session_id text, -- the click's token; only ever 32 hex digits of a click that exists in this workspace
  matched_by text check (matched_by in ('token', 'fbclid', 'known_fbclid')),
  fbclid text,
  gclid text,
  gbraid text,
  wbraid text,
  ttclid text,
  li_fat_id text,
  fbp text,
  fbc text,
  click_timestamp timestamptz,
  first_interaction timestamptz not null,
  last_interaction timestamptz not null,
  last_start_at timestamptz,
  last_start_payload text,
  last_start_outcome text, -- why the last /start did or did not match a click
  ip_address inet,
  ip_hash text,
  user_agent text,
  geo_city text,
  geo_state text,
  geo_country text,
  device_type text,
  browser_name text,
  os_name text,
  is_mobile boolean,
  is_bot_detected boolean,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_id text,
  utm_term text,
  utm_content text,
  is_blocked boolean not null default false, -- the person stopped the bot
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (bot_id, telegram_user_id)
);
create index bot_users_session on bot_users (tracking_session_id);
create index bot_users_fbclid on bot_users (fbclid) where fbclid is not null;
create index bot_users_geo_state on bot_users (geo_state);
create index bot_users_workspace on bot_users (workspace_id, id);
create index bot_users_telegram on bot_users (telegram_user_id);

-- Every /start of every person, so that the trace can say which click each one matched and why.
create table bot_starts (
  bot_user_id uuid not null references bot_users on delete cascade,
  update_id bigint not null,
  workspace_id uuid not null,
  payload text,
  tracking_token text, -- the click that it resolved to
  matched_by text,
  outcome text not null,
  started_at timestamptz not null,
  primary key (bot_user_id, update_id)
);
create index bot_starts_token on bot_starts (tracking_token) where tracking_token is not null;

-- The row is the job: an update is claimed, carried out once, and kept as the memory against repetitions.
create table telegram_updates (
  bot_id uuid not null references bots,
  update_id bigint not null,
  state text not null default 'due' check (state in ('due', 'done', 'failed')),
  body bytea, -- encrypted; emptied when done
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  received_at timestamptz not null default now(),
  primary key (bot_id, update_id)
);
create index telegram_updates_due on telegram_updates (next_attempt_at) where state = 'due';

-- Messages owed to people; sent in order for each chat, again after a refusal that passes, never twice on purpose.
create table bot_messages (
  message_id uuid primary key,
  position bigint generated always as identity, -- the order in a chat
  workspace_id uuid not null,
  bot_id uuid not null references bots,
  chat_id bigint not null,
  dedupe_key text not null unique, -- what the message is for: the same cause never makes two
  body bytea not null, -- encrypted JSON of the call
  state text not null default 'due' check (state in ('due', 'sent', 'failed')),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  telegram_message_id bigint,
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index bot_messages_due on bot_messages (next_attempt_at) where state = 'due';
create index bot_messages_chat on bot_messages (bot_id, chat_id, position) where state = 'due';
