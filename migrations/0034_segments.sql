-- Saved filters over people: a segment holds what is asked, never who was found, so that it is always of this moment.
create table segments (
  segment_id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  subject text not null check (subject in ('bot_users', 'leads', 'visitors')),
  filter jsonb not null, -- groups and conditions; no personal data
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
create index segments_workspace on segments (workspace_id, segment_id);

-- What a person bought, asked for each member of a segment.
create index payments_bot_user on payments (bot_user_id, status, paid_at) where bot_user_id is not null;

-- The filters that cut most: when somebody came, from where, by which campaign.
create index bot_users_first_interaction on bot_users (workspace_id, first_interaction);
create index bot_users_place on bot_users (workspace_id, geo_country, geo_state);
create index bot_users_campaign on bot_users (workspace_id, utm_campaign) where utm_campaign is not null;

-- The order in which visitors are listed.
create index visitor_journeys_listed on visitor_journeys (workspace_id, journey_id);
