-- What a click's address and signals tell beyond place and device: whose network it came from, and what kind of
-- program a detected bot is.
alter table clicks
  add column asn bigint, -- autonomous system number of the address's network
  add column is_datacenter boolean, -- a network of rented servers: a soft signal, never a verdict by itself
  add column bot_class text; -- null while is_bot_detected is false
