-- What happened (conversions), to whom it must be told (deliveries: the row is the job), and every attempt.
create table conversions (
  conversion_id uuid primary key,
  workspace_id uuid not null,
  conversion_name text not null check (conversion_name in ('page_view', 'view_content', 'initiate_checkout', 'purchase', 'won')),
  event_id text not null,
  occurred_at timestamptz not null,
  tracking_token text,
  pool_id uuid, -- whose destination it goes to, for the Telegram funnel
  bot_user_id uuid,
  payment_id uuid,
  value numeric(14, 2),
  currency text,
  consent text not null check (consent in ('granted', 'denied', 'pending')),
  hold_until timestamptz not null, -- not planned before: waits for a better fbp, or for the delivery page
  hold_reason text,
  planned_at timestamptz, -- when its deliveries were made
  plan_outcome text, -- why there are none, if there are none
  created_at timestamptz not null default now(),
  unique (workspace_id, event_id)
);
create index conversions_unplanned on conversions (hold_until) where planned_at is null and consent <> 'pending';
create index conversions_undecided on conversions (occurred_at) where planned_at is null and consent = 'pending';
create index conversions_token on conversions (tracking_token);
create index conversions_payment on conversions (payment_id) where payment_id is not null;
create index conversions_workspace on conversions (workspace_id, conversion_id);

create table deliveries (
  delivery_id uuid primary key,
  workspace_id uuid not null,
  conversion_id uuid not null references conversions,
  destination_id uuid not null references destinations,
  platform text not null,
  state text not null default 'due' check (state in ('due', 'sent', 'failed', 'skipped')),
  reason text, -- why it failed or was skipped, or what the last refusal said
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  deadline_at timestamptz not null, -- the platform refuses it later than this
  claimed_by text,
  claimed_until timestamptz,
  receipt text,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (conversion_id, destination_id)
);
create index deliveries_due on deliveries (destination_id, next_attempt_at) where state = 'due';
create index deliveries_deadline on deliveries (deadline_at) where state = 'due';
create index deliveries_destination on deliveries (destination_id, state);

-- The destination as the sender sees it: its pause after refused credentials, its slow-down after a rate limit.
create table destination_states (
  destination_id uuid primary key references destinations on delete cascade,
  paused_at timestamptz,
  pause_reason text,
  slow_until timestamptz,
  failures int not null default 0, -- in a row
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_failure text,
  updated_at timestamptz not null default now()
);

-- One row an attempt and a delivery: what was sent and what was answered. No credentials are kept in it.
create table platform_sync_log (
  sync_id uuid primary key,
  workspace_id uuid not null,
  conversion_id uuid not null,
  delivery_id uuid,
  destination_id uuid,
  batch_id uuid, -- the request that carried it
  platform text not null,
  attempt int not null default 1,
  sync_status text not null check (sync_status in ('success', 'failed', 'pending')),
  request_payload jsonb,
  response_data jsonb,
  error_message text,
  http_status_code int,
  receipt text, -- the platform's own reference (fbtrace_id)
  duration_ms int,
  synced_at timestamptz not null default now()
);
create index platform_sync_log_conversion on platform_sync_log (conversion_id, synced_at);
create index platform_sync_log_workspace on platform_sync_log (workspace_id, sync_id);
create index platform_sync_log_delivery on platform_sync_log (delivery_id);
