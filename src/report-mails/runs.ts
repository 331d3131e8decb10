import { type Kysely, type Selectable, sql } from 'kysely';
import { backoffMs } from '../domain/backoff.ts';
import { buildId } from '../domain/ids.ts';
import { readLocalTime } from '../domain/local-time.ts';
import { findReportPeriod, type ReportEvery, type ReportPeriod } from '../domain/report-period.ts';
import type { Database } from '../io/database.gen.ts';
import type { MailResult } from '../io/mail.ts';

/** One report that was or is to be mailed. */
export type RunRow = Selectable<Database['report_runs']>;

const LEASE = '5 minutes';
const RETRY = { baseMs: 60_000, maxMs: 3_600_000 };
/** About a day of trying. */
const MOST_ATTEMPTS = 30;
const RUNS_A_ROUND = 20;

/** Makes a run of every schedule whose newest period has no report yet; returns how many. */
export async function openDueRuns(db: Kysely<Database>, now: number): Promise<number> {
  const schedules = await db
    .selectFrom('report_schedules as s')
    .innerJoin('workspaces as w', 'w.workspace_id', 's.workspace_id')
    .select(['s.schedule_id', 's.workspace_id', 's.every', 's.hour', 's.created_at', 'w.timezone'])
    .where('s.is_active', '=', true)
    .execute();
  let opened = 0;
  for (const { timezone, every, hour, ...schedule } of schedules) {
    const period = findReportPeriod({ every: every as ReportEvery, hour, timezone, now });
    // What was over before the schedule was made is nobody's business.
    if (period.to < readLocalTime(schedule.created_at, timezone).day) continue;
    opened += await openRun(db, { ...schedule, period, at: new Date(now) });
  }
  return opened;
}

async function openRun(
  db: Kysely<Database>,
  run: {
    readonly schedule_id: string;
    readonly workspace_id: string;
    readonly period: ReportPeriod;
    readonly at: Date;
  },
): Promise<number> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('report_runs')
    .values({
      run_id: buildId(),
      schedule_id: run.schedule_id,
      workspace_id: run.workspace_id,
      kind: 'scheduled',
      period_from: run.period.from,
      period_to: run.period.to,
      next_attempt_at: run.at,
    })
    .onConflict((conflict) =>
      conflict.columns(['schedule_id', 'period_from']).where('kind', '=', 'scheduled').doNothing(),
    )
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0n);
}

/** Makes a run that a person asked for, already claimed by whoever asks. */
export function openAskedRun(
  db: Kysely<Database>,
  run: { readonly scheduleId: string; readonly workspaceId: string; readonly period: ReportPeriod },
): Promise<RunRow> {
  return db
    .insertInto('report_runs')
    .values({
      run_id: buildId(),
      schedule_id: run.scheduleId,
      workspace_id: run.workspaceId,
      kind: 'asked',
      period_from: run.period.from,
      period_to: run.period.to,
      attempts: 1,
      claimed_until: sql`now() + ${LEASE}::interval`,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Claims due runs of active schedules; a crash gives them back when the lease ends. */
export async function claimRuns(db: Kysely<Database>, now: Date): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    update report_runs set claimed_until = ${now}::timestamptz + ${LEASE}::interval, attempts = attempts + 1
    where run_id in (
      select r.run_id from report_runs r join report_schedules s on s.schedule_id = r.schedule_id
      where r.state = 'due' and r.next_attempt_at <= ${now} and s.is_active
        and (r.claimed_until is null or r.claimed_until <= ${now})
      order by r.next_attempt_at limit ${RUNS_A_ROUND} for update of r skip locked)
    returning *`.execute(db);
  return rows;
}

/** Writes what became of a run. What a server does not take for now, or refuses the password of, is tried for a day. */
export async function settleRun(
  db: Kysely<Database>,
  run: RunRow,
  { result, at }: { readonly result: MailResult; readonly at: Date },
): Promise<RunRow['state']> {
  const { state, reason } = readEnd(run, result);
  const wait = backoffMs(RETRY, run.attempts);
  await db
    .updateTable('report_runs')
    .set({
      state,
      reason,
      claimed_until: null,
      next_attempt_at: new Date(at.getTime() + wait),
      settled_at: state === 'due' ? null : at,
    })
    .where('run_id', '=', run.run_id)
    .where('state', '=', 'due')
    .execute();
  return state;
}

function readEnd(
  run: RunRow,
  result: MailResult,
): { state: 'due' | 'sent' | 'failed'; reason: string | null } {
  if (result.kind === 'sent') return { state: 'sent', reason: null };
  const isPassing = result.failure === 'passing' || result.failure === 'unauthorized';
  // Whoever asked for it sees the answer, and asks again.
  const isOver = !isPassing || run.kind === 'asked' || run.attempts >= MOST_ATTEMPTS;
  return { state: isOver ? 'failed' : 'due', reason: result.detail };
}

/** Runs of a schedule, newest first, below `before` if given. */
export function listRuns(
  db: Kysely<Database>,
  options: {
    readonly workspaceId: string;
    readonly scheduleId: string;
    readonly limit: number;
    readonly before: string | undefined;
  },
): Promise<RunRow[]> {
  let query = db
    .selectFrom('report_runs')
    .selectAll()
    .where('schedule_id', '=', options.scheduleId)
    .where('workspace_id', '=', options.workspaceId);
  if (options.before !== undefined) query = query.where('run_id', '<', options.before);
  return query.orderBy('run_id', 'desc').limit(options.limit).execute();
}
