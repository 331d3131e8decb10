-- The third hot store: clicks for other machines while Redis and Memcached are away, until the drain has folded them.
-- Unlogged: what it holds is in a capture log too, and a crash of the server may empty it as it empties a cache.
create unlogged table tracking_temp (
  tracking_token text primary key,
  workspace_id uuid not null,
  fbclid text,
  data jsonb not null, -- the click under the names of the columns of `clicks`
  expires_at timestamptz not null
);
-- By hash: an fbclid may be longer than a B-tree takes, and nothing but equality is asked.
create index tracking_temp_fbclid on tracking_temp using hash (fbclid) where fbclid is not null;
create index tracking_temp_expires on tracking_temp (expires_at);
