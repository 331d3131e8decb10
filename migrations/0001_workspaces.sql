-- Workspaces own everything else; partitions by month are made by a function because no extension is needed for it.
create table workspaces (
  workspace_id uuid primary key,
  name text not null unique,
  timezone text not null default 'America/Sao_Paulo',
  currency text not null default 'BRL' check (currency ~ '^[A-Z]{3}$'),
  expected_countries text[] not null default '{BR}',
  default_consent text not null default 'granted' check (default_consent in ('granted', 'denied')),
  settings jsonb not null default '{}',
  is_demo boolean not null default false,
  is_root boolean not null default false, -- the first one: its admins may make workspaces and keys for them
  created_at timestamptz not null default now()
);
create unique index workspaces_root on workspaces (is_root) where is_root;

-- One row: a number that grows with every change of what the public edge reads, so that each process can see
-- by one cheap look that its copy is old.
create table settings_version (
  singleton boolean primary key default true check (singleton),
  version bigint not null default 1
);
insert into settings_version default values;

create function bump_settings_version() returns trigger language plpgsql as $$
begin
  update settings_version set version = version + 1;
  return null;
end $$;

-- Partitions carry the month in their name (clicks_2026_11). There is no DEFAULT partition: rows in it would
-- block the making of the right one later.
create function ensure_month_partitions(parent regclass, from_month date, months int) returns int
language plpgsql as $$
declare
  month_start date;
  child text;
  made int := 0;
begin
  for i in 0..months - 1 loop
    month_start := (date_trunc('month', from_month) + make_interval(months => i))::date;
    child := format('%s_%s', parent::text, to_char(month_start, 'YYYY_MM'));
    if to_regclass(child) is null then
      begin
        execute format(
          'create table if not exists %s partition of %s for values from (%L) to (%L)',
          child, parent, month_start::text || ' 00:00:00+00',
          (month_start + interval '1 month')::date::text || ' 00:00:00+00');
        made := made + 1;
      exception when duplicate_table or duplicate_object or unique_violation then
        null; -- another process made it in the same moment
      end;
    end if;
  end loop;
  return made;
end $$;

create trigger workspaces_changed after insert or update or delete on workspaces
  for each statement execute function bump_settings_version();
