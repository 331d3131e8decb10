import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type Finding, fine, warning } from './finding.ts';

const CHECK = 'reports by e-mail';
const FIX =
  'Correct the delivery (PATCH /api/v1/report-schedules/:id) and try it with POST …/:id/send; the report is due again then.';
/** A mail server that is away for a moment is nothing to tell of. */
const MANY_ATTEMPTS = 3;

/** Whether the newest report of each schedule has reached its readers. */
export async function checkReportMails(db: Kysely<Database>): Promise<Finding[]> {
  const { rows } = await sql<{ name: string; state: string | null; attempts: number; reason: string | null }>`
    select s.name, r.state, r.attempts, r.reason
    from report_schedules s left join lateral (
      select state, attempts, reason from report_runs where schedule_id = s.schedule_id and kind = 'scheduled'
      order by run_id desc limit 1) r on true
    where s.is_active order by s.name limit 200`.execute(db);
  const unsent = rows.filter(
    ({ state, attempts }) => state === 'failed' || (state === 'due' && attempts >= MANY_ATTEMPTS),
  );
  if (unsent.length > 0) {
    return unsent.map(({ name, reason }) =>
      warning(CHECK, `“${name}” is not mailed: ${reason ?? 'no answer'}`, FIX),
    );
  }
  return rows.length === 0 ? [] : [fine(CHECK, `${rows.length} schedules, none waits`)];
}
