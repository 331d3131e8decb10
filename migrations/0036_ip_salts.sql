-- A change of IP_HASH_SALT that keeps matching, and the signs by which visits are judged as clicks are.

-- The salts that have been in use since the first change; the newest one without an end holds on every machine.
create table ip_salts (
  salt_id uuid primary key,
  fingerprint text not null unique, -- tells which salt it is, and nothing of it
  secret bytea, -- encrypted; null once destroyed
  active_from timestamptz not null,
  active_to timestamptz,
  overlap_until timestamptz, -- until then addresses are looked up under this salt too
  rehashed_at timestamptz, -- when what is stored had been worked out anew under this salt
  destroyed_at timestamptz
);
create unique index ip_salts_in_use on ip_salts ((active_to is null)) where active_to is null;

-- What a hash under a salt of before has become. Without a new one its address is gone and has not been seen since.
create table ip_hash_links (
  kind text not null check (kind in ('ip', 'visitor')),
  old_hash text not null,
  new_hash text,
  is_spread boolean not null default false, -- every row carries the new one
  primary key (kind, old_hash)
);
create index ip_hash_links_new on ip_hash_links (kind, new_hash);
create index ip_hash_links_unspread on ip_hash_links (kind) where new_hash is not null and not is_spread;

-- Why a visit is taken for a program's, and what it is judged by again.
alter table sessions
  add column bot_reasons text[] not null default '{}',
  add column bot_class text, -- null while is_bot_detected is false
  add column bot_evidence jsonb not null default '[]';
create index sessions_bots on sessions (workspace_id, started_at) where is_bot_detected;
