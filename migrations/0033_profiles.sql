-- What a bot user looks like and how far the visit is to be trusted: worked out from facts after each start and payment.
create table user_profiles (
  bot_user_id uuid primary key references bot_users on delete cascade,
  workspace_id uuid not null,
  profile jsonb not null, -- {location, device, behavior, quality}
  bot_score int not null check (bot_score between 0 and 100),
  fraud_score int not null check (fraud_score between 0 and 100),
  is_suspicious boolean not null,
  reasons jsonb not null, -- {bot: [{rule, points}], fraud: [...]}
  rules text not null, -- fingerprint of the settings that it was made by: another one makes it due
  generated_at timestamptz not null
);
create index user_profiles_rules on user_profiles (workspace_id, rules);
create index user_profiles_suspicious on user_profiles (workspace_id, bot_user_id) where is_suspicious;

-- Whose profile is to be made anew. No foreign key: a removed bot user must not wait for who makes profiles.
create table profiles_due (
  bot_user_id uuid primary key,
  due_at timestamptz not null default now()
);
create index profiles_due_at on profiles_due (due_at);

-- Who shared an address within a minute.
create index bot_users_ip_hash on bot_users (ip_hash, first_interaction) where ip_hash is not null;

-- The update of a row that is there already waits for a maker that has just taken it: no fact slips between.
create function mark_profile_due(bot_user uuid) returns void language sql as $$
  insert into profiles_due (bot_user_id) values (bot_user)
  on conflict (bot_user_id) do update set due_at = profiles_due.due_at
$$;

create function bot_user_profile_due() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.ip_hash is not null and new.ip_hash is null then
    delete from user_profiles where bot_user_id = new.id; -- erased: what was worked out goes in the same moment
  end if;
  perform mark_profile_due(new.id);
  return null;
end $$;

create trigger bot_users_profile_made after insert on bot_users
  for each row execute function bot_user_profile_due();
create trigger bot_users_profile_changed after update on bot_users for each row
  when (
    (new.tracking_session_id, new.matched_by, new.click_timestamp, new.last_start_at, new.is_bot_detected, new.ip_hash,
     new.geo_city, new.geo_state, new.geo_country, new.device_type, new.browser_name, new.os_name, new.is_mobile,
     new.fbclid, new.gclid, new.gbraid, new.wbraid, new.ttclid, new.li_fat_id)
    is distinct from
    (old.tracking_session_id, old.matched_by, old.click_timestamp, old.last_start_at, old.is_bot_detected, old.ip_hash,
     old.geo_city, old.geo_state, old.geo_country, old.device_type, old.browser_name, old.os_name, old.is_mobile,
     old.fbclid, old.gclid, old.gbraid, old.wbraid, old.ttclid, old.li_fat_id))
  execute function bot_user_profile_due();

create function payment_profile_due() returns trigger language plpgsql as $$
begin
  perform mark_profile_due(u.id) from bot_users u
  where u.bot_id = new.bot_id and u.telegram_user_id = new.customer_user_id;
  return null;
end $$;

create trigger payments_profile_made after insert on payments
  for each row execute function payment_profile_due();
create trigger payments_profile_changed after update of status on payments for each row
  when (new.status is distinct from old.status) execute function payment_profile_due();

insert into profiles_due (bot_user_id) select id from bot_users;
