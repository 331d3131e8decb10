import type { Job } from '../jobs/job.ts';
import { type ReportMailTools, sendDueReports } from './send-report.ts';

interface Needs {
  readonly reportMails: ReportMailTools;
}

/** Mails the reports of weeks and months that are over. */
export const reportMailsJob: Job<Needs> = {
  name: 'report-mails',
  schedule: { everySeconds: 60 },
  run: async ({ reportMails }) => {
    const { opened, sent, unsent } = await sendDueReports(reportMails);
    return `${opened} due, ${sent} mailed, ${unsent} not`;
  },
};
