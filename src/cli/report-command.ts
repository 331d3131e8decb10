import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { type CaptureQuestion, type CaptureReport, captureReport, type Split } from '../reports/capture.ts';

/** What `rastro report capture` was asked, and where its lines go. */
export interface ReportCommand {
  readonly db: Kysely<Database>;
  readonly question: CaptureQuestion;
  readonly json: boolean;
  readonly write: (line: string) => void;
}

/** Prints how well clicks and people are captured. */
export async function runCaptureReportCommand({ db, question, json, write }: ReportCommand): Promise<void> {
  const report = await captureReport(db, question);
  if (json) write(JSON.stringify(report, null, 2));
  else for (const line of buildReport(report, question)) write(line);
}

function* buildReport(report: CaptureReport, { from, to }: CaptureQuestion): Generator<string> {
  const seconds = report.click_to_start_seconds;
  yield `Capture from ${from.toISOString()} to ${to.toISOString()}`;
  yield '';
  yield line('Bot users', String(report.bot_users));
  yield line('  with IP', percent(report.with_ip_share));
  yield line('  with user agent', percent(report.with_user_agent_share));
  yield line('  with both', percent(report.with_ip_and_user_agent_share));
  yield line('Starts', `${report.starts}, matched to a click: ${percent(report.start_match_rate)}`);
  yield line('Clicks', `${report.clicks}, followed by a start: ${percent(report.click_to_start_rate)}`);
  yield line('Click to start', `mean ${time(seconds.mean)}, half ${time(seconds.p50)}`);
  yield line('', `90 % ${time(seconds.p90)}, 99 % ${time(seconds.p99)}`);
  yield line('Devices', split(report.devices, report.bot_users));
  yield line('Browsers', split(report.browsers, report.bot_users));
  yield line('Systems', split(report.systems, report.bot_users));
}

const LABEL_WIDTH = 20;

function line(label: string, value: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${value}`;
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

function time(seconds: number | null): string {
  return seconds === null ? '-' : `${seconds.toFixed(1)} s`;
}

function split(parts: readonly Split[], users: number): string {
  return parts.map(({ name, users: part }) => `${name} ${percent(part / users)}`).join(', ') || '-';
}
