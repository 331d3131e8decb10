-- CRMs: each captured lead is owed to the connections of its workspace in the transaction that stores it, whoever does that.
alter table crm_connections
  add column pushes_leads boolean not null default true; -- worked out from kind and settings, for the trigger below

alter table integrations_log
  add column attempts int not null default 0, -- grows when one begins, so that an unheard one is known of
  add column progress jsonb not null default '{}', -- steps of a push that are over: nothing is made twice
  add column external_id text; -- the CRM's own id of what was made or told of
create index integrations_log_connection on integrations_log (connection_id, next_attempt_at) where status = 'due';
create index integrations_log_bodies on integrations_log (created_at) where body is not null;

-- Which deal of a CRM is which lead, and the state of it that we know: what says the same again is no news.
create table crm_deals (
  connection_id uuid not null references crm_connections on delete cascade,
  deal_id text not null, -- a contact's id where the CRM has no deals
  workspace_id uuid not null,
  lead_id uuid not null,
  contact_id text,
  last_stage text,
  last_value_cents bigint,
  last_currency text,
  changed_at timestamptz, -- at the CRM; what is older is not news either
  updated_at timestamptz not null default now(),
  primary key (connection_id, deal_id)
);
create index crm_deals_lead on crm_deals (lead_id);

-- A connection takes the leads that are captured from its making on, not what is imported: that came from no visitor.
create function owe_crm_pushes() returns trigger language plpgsql as $$
begin
  insert into integrations_log (log_id, workspace_id, connection_id, lead_id, integration_type, integration_name, status,
    dedupe_key)
  select build_id(), l.workspace_id, c.connection_id, l.lead_id, 'push', c.kind, 'due',
    'push:' || c.connection_id || ':' || l.lead_id
  from new_leads l join crm_connections c on c.workspace_id = l.workspace_id
  where c.is_active and c.pushes_leads and l.client_ip is not null and l.created_at >= c.created_at - interval '1 hour'
  on conflict (dedupe_key) do nothing;
  return null;
end $$;
create trigger leads_owe_pushes after insert on leads
  referencing new table as new_leads for each statement execute function owe_crm_pushes();
