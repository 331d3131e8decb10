-- Privacy: proof of every run over personal data, and the memory of who was erased, so that nothing brings them back.

-- What was done to personal data, by whom, and how many rows it touched. Rows are only ever added.
create table privacy_runs (
  run_id uuid primary key,
  workspace_id uuid, -- null: of the whole installation
  kind text not null check (kind in ('retention', 'archive', 'export', 'erase', 'rotate')),
  actor text not null, -- job, cli, key:<id>, user:<id>
  is_dry_run boolean not null default false,
  counts jsonb not null, -- rows by what was done
  rows_total bigint not null,
  note text,
  started_at timestamptz not null,
  finished_at timestamptz not null
);
create index privacy_runs_workspace on privacy_runs (workspace_id, finished_at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger privacy_runs_append_only before update or delete on privacy_runs
  for each row execute function refuse_change();
create trigger privacy_runs_no_truncate before truncate on privacy_runs
  for each statement execute function refuse_change();

-- Tombstones: keyed hashes of the identifiers of erased people. A fact of before `erased_at` that carries one is not
-- folded again; the same person coming back later is a new person.
create table erased_identifiers (
  workspace_id uuid not null,
  kind text not null check (kind in ('token', 'session', 'telegram', 'email', 'phone', 'external')),
  identifier_hash text not null,
  erased_at timestamptz not null,
  primary key (identifier_hash, kind, workspace_id)
);
create index erased_identifiers_erased_at on erased_identifiers (erased_at);

-- The key of those hashes: random, sealed by the vault, so that a change of SECRET_KEY keeps them comparable.
create table erasure_key (
  singleton boolean primary key default true check (singleton),
  secret bytea not null
);

-- What the retention looks for; each index holds only rows that still have something to clear.
create index bot_users_raw_ip on bot_users (workspace_id, click_timestamp) where ip_address is not null;
create index clicks_raw_ip on clicks (created_at) where client_ip is not null;
create index utm_tracking_raw_ip on utm_tracking (created_at) where client_ip is not null;
create index leads_personal on leads (created_at) where anonymised_at is null;
create index platform_sync_log_payloads on platform_sync_log (synced_at)
  where request_payload is not null and not request_payload ? 'cleared_fields';
