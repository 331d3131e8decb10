-- A stage that becomes `won` makes the offline conversion, whoever inserts it: the API, a CRM, a file, or a person with SQL.
alter table leads add column problems jsonb not null default '[]'; -- [{field, message}]: what was sent and could not be used

-- A UUID whose order is the order of time (version 7), for rows that SQL makes.
create function build_id() returns uuid language sql volatile as $$
  select (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

alter table lead_stages
  alter column stage_id set default build_id(),
  add column arrival bigint generated always as identity, -- tells apart what happened at the same moment
  add check (currency ~ '^[A-Z]{3}$');

-- Who inserts a stage by hand names the lead and no more: workspace and currency follow from it.
create function fill_lead_stage() returns trigger language plpgsql as $$
declare
  owner uuid;
begin
  -- Stages of a lead take turns, so that each one sees those before it.
  perform pg_advisory_xact_lock(hashtextextended('lead_stages:' || new.lead_id::text, 0));
  select workspace_id into owner from leads where lead_id = new.lead_id order by created_at limit 1;
  if owner is null or owner <> coalesce(new.workspace_id, owner) then
    raise exception 'lead % does not exist', new.lead_id using errcode = 'foreign_key_violation';
  end if;
  new.workspace_id := owner;
  if new.stage_value is not null and new.currency is null then
    select currency into new.currency from workspaces where workspace_id = owner;
  end if;
  return new;
end $$;
create trigger lead_stages_fill before insert on lead_stages
  for each row execute function fill_lead_stage();

-- The conversion is worked out from all stages of the lead, so that stages told late or out of order come out the same:
-- the value is the newest won one's, the date the first won one's, and it is retracted while the newest word is `lost`.
create function fold_lead_stage() returns trigger language plpgsql as $$
declare
  first_won timestamptz;
  newest lead_stages;
  priced lead_stages;
  touch_id uuid;
  touch utm_tracking;
begin
  select min(created_at) into first_won from lead_stages where lead_id = new.lead_id and stage_name = 'won';
  if first_won is null then
    return null;
  end if;
  select * into newest from lead_stages where lead_id = new.lead_id and stage_name in ('won', 'lost')
    order by created_at desc, arrival desc limit 1;
  select * into priced from lead_stages
    where lead_id = new.lead_id and stage_name = 'won' and stage_value is not null
    order by created_at desc, arrival desc limit 1;
  select utm_tracking_id into touch_id from leads where lead_id = new.lead_id order by created_at limit 1;
  select * into touch from utm_tracking where tracking_id = touch_id limit 1;
  insert into offline_conversions as kept (conversion_id, workspace_id, lead_id, original_tracking_id, gclid, gbraid,
    wbraid, fbclid, ttclid, li_fat_id, conversion_value, conversion_currency, conversion_date, conversion_name,
    retracted_at)
  values (build_id(), new.workspace_id, new.lead_id, touch_id, touch.gclid, touch.gbraid,
    touch.wbraid, touch.fbclid, touch.ttclid, touch.li_fat_id, priced.stage_value, priced.currency, first_won, 'won',
    case when newest.stage_name = 'lost' then newest.created_at end)
  on conflict (lead_id, conversion_name) do update set
    conversion_value = excluded.conversion_value,
    conversion_currency = excluded.conversion_currency,
    retracted_at = excluded.retracted_at,
    revision = kept.revision + 1
  where (kept.conversion_value, kept.conversion_currency, kept.retracted_at is null)
    is distinct from (excluded.conversion_value, excluded.conversion_currency, excluded.retracted_at is null);
  return null;
end $$;
create trigger lead_stages_fold after insert or update of stage_name, stage_value, currency on lead_stages
  for each row when (new.stage_name in ('won', 'lost')) execute function fold_lead_stage();
