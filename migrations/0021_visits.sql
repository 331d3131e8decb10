-- What a session remembers so that its items fold the same in any order: its best cookies, and when consent was last given.
alter table sessions
  add column consent_at timestamptz, -- of the newest item: its word holds
  add column fbp text,
  add column fbc text, -- as a cookie only; a touch without one makes its own from its fbclid
  add column ttp text,
  add column ga_client_id text;
