-- Leads get scores as people in bots have them; what is to be told of suspicious people is kept back where the workspace wants it, and given back.
alter table workspaces add column keep_suspicious_out boolean not null default false;

alter table leads
  add column geo_country text, -- of the address that the form was sent from
  add column is_datacenter boolean; -- a network of rented servers: a soft signal

create table lead_profiles (
  lead_id uuid primary key, -- no foreign key: leads are partitioned
  workspace_id uuid not null,
  bot_score int not null check (bot_score between 0 and 100),
  fraud_score int not null check (fraud_score between 0 and 100),
  is_suspicious boolean not null,
  reasons jsonb not null, -- {bot: [{rule, points}], fraud: [...]}
  rules text not null, -- fingerprint of the settings that it was made by: another one makes it due
  generated_at timestamptz not null
);
create index lead_profiles_rules on lead_profiles (workspace_id, rules);
create index lead_profiles_suspicious on lead_profiles (workspace_id, lead_id) where is_suspicious;

create table lead_profiles_due (
  lead_id uuid primary key,
  due_at timestamptz not null default now()
);
create index lead_profiles_due_at on lead_profiles_due (due_at);

-- Who shared an address within a minute.
create index leads_ip_hash on leads (ip_hash, created_at) where ip_hash is not null;

create function mark_lead_profile_due(lead uuid) returns void language sql as $$
  insert into lead_profiles_due (lead_id) values (lead)
  on conflict (lead_id) do update set due_at = lead_profiles_due.due_at
$$;

create function lead_profile_due() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.ip_hash is not null and new.ip_hash is null then
    delete from lead_profiles where lead_id = new.lead_id; -- erased: what was worked out goes in the same moment
  end if;
  perform mark_lead_profile_due(new.lead_id);
  return null;
end $$;

create trigger leads_profile_made after insert on leads
  for each row execute function lead_profile_due();
create trigger leads_profile_changed after update on leads for each row
  when ((new.session_id, new.utm_tracking_id, new.time_to_conversion, new.ip_hash, new.geo_country, new.is_datacenter,
      new.duplicate_of)
    is distinct from (old.session_id, old.utm_tracking_id, old.time_to_conversion, old.ip_hash, old.geo_country,
      old.is_datacenter, old.duplicate_of))
  execute function lead_profile_due();

create function session_profile_due() returns trigger language plpgsql as $$
begin
  perform mark_lead_profile_due(l.lead_id) from leads l
  where l.session_id = new.session_id and l.workspace_id = new.workspace_id;
  return null;
end $$;
create trigger sessions_profile_changed after update on sessions for each row
  when (new.is_bot_detected is distinct from old.is_bot_detected and new.converted)
  execute function session_profile_due();

insert into lead_profiles_due (lead_id) select distinct lead_id from leads;

-- Whose deliveries are to be looked at again: a person who became suspicious or is no longer, a workspace that changed its mind.
create table suspicion_changes (
  subject text not null check (subject in ('bot_user', 'lead', 'workspace')),
  subject_id uuid not null,
  changed_at timestamptz not null default now(),
  primary key (subject, subject_id)
);

-- The update of a row that is there already waits for who has just taken it: no change slips between.
create function note_suspicion_change(kind text, id uuid) returns void language sql as $$
  insert into suspicion_changes (subject, subject_id) values (kind, id)
  on conflict (subject, subject_id) do update set changed_at = suspicion_changes.changed_at
$$;

create function workspace_suspicion_changed() returns trigger language plpgsql as $$
begin
  perform note_suspicion_change('workspace', new.workspace_id);
  return null;
end $$;
create trigger workspaces_suspicion_changed after update on workspaces for each row
  when (new.keep_suspicious_out is distinct from old.keep_suspicious_out)
  execute function workspace_suspicion_changed();

create function bot_user_suspicion_changed() returns trigger language plpgsql as $$
begin
  perform note_suspicion_change('bot_user', new.bot_user_id) from workspaces w
  where w.workspace_id = new.workspace_id and w.keep_suspicious_out;
  return null;
end $$;
create trigger user_profiles_suspicion_made after insert on user_profiles for each row
  when (new.is_suspicious) execute function bot_user_suspicion_changed();
create trigger user_profiles_suspicion_changed after update on user_profiles for each row
  when (new.is_suspicious is distinct from old.is_suspicious) execute function bot_user_suspicion_changed();

create function lead_suspicion_changed() returns trigger language plpgsql as $$
begin
  perform note_suspicion_change('lead', new.lead_id) from workspaces w
  where w.workspace_id = new.workspace_id and w.keep_suspicious_out;
  return null;
end $$;
create trigger lead_profiles_suspicion_made after insert on lead_profiles for each row
  when (new.is_suspicious) execute function lead_suspicion_changed();
create trigger lead_profiles_suspicion_changed after update on lead_profiles for each row
  when (new.is_suspicious is distinct from old.is_suspicious) execute function lead_suspicion_changed();

-- What a person is told of, and what was kept back.
create index conversions_bot_user on conversions (bot_user_id) where bot_user_id is not null;
create index deliveries_suspicious on deliveries (workspace_id, conversion_id)
  where state = 'skipped' and reason like 'suspicious:%';
