-- Who may come in: people (tables in the form that better-auth reads), their workspaces, and the keys of programs.
create table users (
  id uuid primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table user_sessions (
  id uuid primary key,
  expires_at timestamptz not null,
  token text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null,
  ip_address text,
  user_agent text,
  user_id uuid not null references users on delete cascade
);
create index user_sessions_user on user_sessions (user_id);

create table user_accounts (
  id uuid primary key,
  account_id text not null,
  provider_id text not null,
  user_id uuid not null references users on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text, -- scrypt
  created_at timestamptz not null default now(),
  updated_at timestamptz not null
);
create index user_accounts_user on user_accounts (user_id);

create table user_verifications (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index user_verifications_identifier on user_verifications (identifier);

create table memberships (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id uuid not null references users on delete cascade,
  role text not null check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index memberships_user on memberships (user_id);

-- The key itself is not kept: its SHA-256 is enough, because the keys are 32 random bytes.
create table api_keys (
  key_id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  scope text not null check (scope in ('read', 'write', 'admin')),
  key_hash bytea not null unique,
  prefix text not null, -- what is shown of it afterwards
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_workspace on api_keys (workspace_id, key_id);
