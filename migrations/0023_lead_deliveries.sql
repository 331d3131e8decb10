-- Conversions of leads go the way of all others: restated and retracted by revisions, asked after where a platform
-- answers later, and sent in the order of their deadlines when a platform comes back.
alter table conversions
  add column lead_id uuid,
  add column clicked_at timestamptz, -- the visit that it is attributed to: look-back windows are counted from it
  add column revision int not null default 1, -- grows with each restatement or retraction
  add column changed_at timestamptz, -- when it was restated or retracted last
  add column retracted_at timestamptz; -- a sale that was lost or paid back
create index conversions_lead on conversions (lead_id) where lead_id is not null;

alter table deliveries
  add column action text not null default 'send' check (action in ('send', 'restate', 'retract')),
  add column revision int not null default 1, -- of the conversion: each one is told once a destination
  add column request_id text, -- the platform took it for processing under this reference and has not said the end
  drop constraint deliveries_conversion_id_destination_id_key,
  add unique (conversion_id, destination_id, revision);
create index deliveries_by_deadline on deliveries (destination_id, deadline_at) where state = 'due';

-- The revision that the sender has taken over; rows made by SQL users are found by it as well.
alter table offline_conversions add column adopted_revision int not null default 0;
create index offline_conversions_unadopted on offline_conversions (created_at)
  where conversion_name = 'won' and adopted_revision <> revision;
