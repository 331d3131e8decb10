-- Charges and payments; the gateways' webhooks as they came; the sandbox gateway's own books.
create table payments (
  id uuid primary key,
  workspace_id uuid not null,
  bot_id uuid not null,
  bot_user_id uuid,
  customer_user_id bigint not null, -- the Telegram user id
  chat_id bigint not null, -- where the person is told
  language_code text, -- as Telegram gave it, for those messages
  product_id uuid,
  product_name text not null,
  product_delivery_url text not null,
  account_id uuid not null references gateway_accounts,
  amount numeric(14, 2) not null check (amount > 0),
  currency text not null default 'BRL',
  status text not null default 'pending' check (status in ('pending', 'paid', 'expired', 'refunded', 'failed')),
  gateway text not null,
  gateway_charge_id text, -- null until the gateway has answered
  end_to_end_id text, -- the PIX network's own id of the payment
  copy_paste text, -- the PIX code
  expires_at timestamptz,
  failure text, -- the gateway's refusal, in words
  paid_late boolean not null default false, -- paid after it had expired
  tracking_token text,
  pool_id uuid,
  fbclid text,
  fbp text,
  fbc text,
  pageview_event_id text,
  utm_source text,
  utm_medium text,
  utm_campaign text,
  utm_id text,
  utm_term text,
  utm_content text,
  delivery_token text unique,
  delivery_opened_at timestamptz,
  meta_event_id text,
  meta_purchase_sent boolean not null default false,
  next_check_at timestamptz, -- when to ask the gateway again while pending
  checks int not null default 0,
  request_key text not null unique, -- one charge a press of the button, however often it is told
  created_at timestamptz not null default now(),
  paid_at timestamptz,
  refunded_at timestamptz,
  updated_at timestamptz not null default now()
);
create unique index payments_charge on payments (account_id, gateway_charge_id) where gateway_charge_id is not null;
create index payments_tracking_token on payments (tracking_token);
create index payments_customer on payments (customer_user_id);
create index payments_status on payments (status, created_at);
create index payments_paid_at on payments (paid_at);
create index payments_workspace on payments (workspace_id, id);
create index payments_due_check on payments (next_check_at) where next_check_at is not null;

-- Every change of a payment's status and every answer that was asked for, in order, with its cause.
create table payment_events (
  event_id uuid primary key,
  payment_id uuid not null references payments,
  workspace_id uuid not null,
  from_status text,
  to_status text,
  cause text not null, -- charge, webhook, check, delivery_page, button, simulate, expiry
  detail text,
  at timestamptz not null default now()
);
create index payment_events_payment on payment_events (payment_id, at);

-- Raw, before anything is believed; refused ones too (verified = false).
create table gateway_webhooks (
  webhook_id uuid primary key,
  account_id uuid not null references gateway_accounts,
  workspace_id uuid not null,
  gateway text not null,
  verified boolean not null,
  refusal text,
  body bytea not null, -- encrypted raw body
  content_type text,
  charge_ids text[] not null default '{}',
  payment_id uuid, -- ours, from the address that the gateway was given; a hint like everything in a webhook
  state text not null default 'due' check (state in ('due', 'done', 'ignored', 'refused')),
  outcome text,
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  received_at timestamptz not null default now(),
  settled_at timestamptz
);
create index gateway_webhooks_due on gateway_webhooks (next_attempt_at) where state = 'due';

-- The sandbox gateway's charges: what a real gateway would keep on its side.
create table sandbox_charges (
  charge_id text primary key, -- unguessable: who knows it may play the payer
  account_id uuid not null,
  request_key text not null unique,
  amount_cents bigint not null,
  status text not null default 'created' check (status in ('created', 'paid', 'expired', 'refunded')),
  copy_paste text not null,
  webhook_url text not null,
  end_to_end_id text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  paid_at timestamptz,
  refunded_at timestamptz
);
