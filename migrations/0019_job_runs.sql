-- How the jobs of the clock went: one row a job, so that a person sees at a glance which one does not work.
create table job_runs (
  name text primary key,
  started_at timestamptz not null, -- of the run at hand, or the last one
  finished_at timestamptz, -- null while it runs
  duration_ms int,
  outcome text check (outcome in ('done', 'failed')), -- of the last run that ended
  note text, -- what the last successful run did, in a few words
  error text, -- of the last run, if it failed
  last_success_at timestamptz,
  runs bigint not null default 0,
  failures bigint not null default 0
);
