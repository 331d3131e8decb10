import type { Kysely } from 'kysely';
import { readEmail } from '../domain/identity.ts';
import type { ReportEvery, ReportPeriod } from '../domain/report-period.ts';
import { readSmtpUser } from '../domain/smtp-address.ts';
import type { PageLanguage } from '../http/pages/language.ts';
import type { Clock } from '../io/clock.ts';
import type { Database } from '../io/database.gen.ts';
import type { Logger } from '../io/logger.ts';
import type { Mailer, MailResult, OutgoingMail } from '../io/mail.ts';
import type { Vault } from '../io/vault.ts';
import { findPeriodSummary, type PeriodSummary } from '../reports/period-summary.ts';
import { drawReport, writeReport } from './draw-report.ts';
import { buildReportView } from './report-view.ts';
import { claimRuns, openAskedRun, openDueRuns, type RunRow, settleRun } from './runs.ts';
import { findSchedule, openDelivery, type ReportDelivery, type ScheduleRow } from './schedules.ts';

/** What mailing a report takes. */
export interface ReportMailTools {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicUrl: string;
}

const SEND_TIMEOUT_MS = 20_000;

/** Opens the runs that have come due and mails them; returns how many were opened, sent and not sent. */
export async function sendDueReports(
  tools: ReportMailTools,
): Promise<{ readonly opened: number; readonly sent: number; readonly unsent: number }> {
  const { db, clock } = tools;
  const opened = await openDueRuns(db, clock.now());
  const runs = await claimRuns(db, new Date(clock.now()));
  let sent = 0;
  for (const run of runs) {
    const schedule = await findSchedule(db, { workspaceId: run.workspace_id, scheduleId: run.schedule_id });
    if (schedule && (await sendRun(tools, run, schedule)).state === 'sent') sent += 1;
  }
  return { opened, sent, unsent: runs.length - sent };
}

/** Mails the report of a period at once, because a person asked for it; the answer of the mail server is the result. */
export async function sendReportNow(
  tools: ReportMailTools,
  schedule: ScheduleRow,
  period: ReportPeriod,
): Promise<{ readonly state: RunRow['state']; readonly reason: string | null }> {
  const { schedule_id: scheduleId, workspace_id: workspaceId } = schedule;
  const run = await openAskedRun(tools.db, { scheduleId, workspaceId, period });
  return sendRun(tools, run, schedule);
}

async function sendRun(tools: ReportMailTools, run: RunRow, schedule: ScheduleRow) {
  const period = { from: String(run.period_from), to: String(run.period_to) };
  const summary = await findPeriodSummary(tools.db, { workspaceId: run.workspace_id, period });
  if (!summary) throw new Error('a schedule outlived its workspace');
  const result = await mail(tools, { run, schedule, summary });
  const state = await settleRun(tools.db, run, { result, at: new Date(tools.clock.now()) });
  const reason = result.kind === 'sent' ? null : result.detail;
  if (reason !== null)
    tools.logger.warn({ scheduleId: schedule.schedule_id, why: reason }, 'a report was not mailed');
  return { state, reason };
}

interface ReportToMail {
  readonly run: RunRow;
  readonly schedule: ScheduleRow;
  readonly summary: PeriodSummary;
}

async function mail(tools: ReportMailTools, report: ReportToMail): Promise<MailResult> {
  const delivery = openDelivery(tools.vault, report.schedule);
  return tools.mailer.send(buildMail(report, delivery, tools.publicUrl), SEND_TIMEOUT_MS);
}

/** The id is the run's: a mailbox that gets it twice, because a server's answer was lost, can tell. */
function buildMail(report: ReportToMail, delivery: ReportDelivery, publicUrl: string): OutgoingMail {
  const { run, schedule, summary } = report;
  const view = buildReportView(summary, {
    language: schedule.language as PageLanguage,
    every: schedule.every as ReportEvery,
    publicUrl,
  });
  const host = URL.parse(publicUrl)?.hostname ?? 'localhost';
  return {
    smtpUrl: delivery.smtp_url,
    from: delivery.from ?? readEmail(readSmtpUser(delivery.smtp_url)) ?? `rastro@${host}`,
    to: delivery.to,
    replyTo: null,
    subject: `${view.title}: ${view.workspace}, ${view.period}`.replace(/[\r\n]+/g, ' ').slice(0, 200),
    text: writeReport(view),
    html: drawReport(view),
    messageId: `<report.${run.run_id}@${host}>`,
  };
}
