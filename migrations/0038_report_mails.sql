-- Reports by e-mail: who gets which and when, and every one that was sent or could not be. The run's row is the job.
create table report_schedules (
  schedule_id uuid primary key,
  workspace_id uuid not null references workspaces,
  name text not null,
  every text not null check (every in ('week', 'month')),
  hour smallint not null check (hour between 0 and 23), -- in the workspace's zone, from which the report is due
  language text not null check (language in ('pt', 'en')),
  delivery bytea not null, -- sealed JSON: the mail server with its password, the sender, the recipients
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index report_schedules_workspace on report_schedules (workspace_id, schedule_id);

create table report_runs (
  run_id uuid primary key,
  schedule_id uuid not null references report_schedules on delete cascade,
  workspace_id uuid not null,
  kind text not null check (kind in ('scheduled', 'asked')), -- asked: by a person, at once
  period_from date not null, -- days of the workspace's zone, both included
  period_to date not null,
  state text not null default 'due' check (state in ('due', 'sent', 'failed')),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  claimed_until timestamptz,
  reason text, -- the last refusal, in words that hold no address
  created_at timestamptz not null default now(),
  settled_at timestamptz
);
create unique index report_runs_once on report_runs (schedule_id, period_from) where kind = 'scheduled';
create index report_runs_due on report_runs (next_attempt_at) where state = 'due';
create index report_runs_schedule on report_runs (schedule_id, run_id);
