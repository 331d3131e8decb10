import { crmPollJob, crmReconcileJob } from '../crm-sync/jobs.ts';
import { ipSaltJob } from '../privacy/ip-salt-job.ts';
import { privacyJob } from '../privacy/privacy-job.ts';
import { reportMailsJob } from '../report-mails/report-mails-job.ts';
import type { Rooms } from '../rooms.ts';
import { removeExpiredJob } from '../stores/remove-expired-job.ts';
import { freeWaitsJob } from './free-waits.ts';
import type { Job } from './job.ts';
import { monthPartitionsJob } from './month-partitions.ts';
import { refreshViewsJob } from './refresh-views.ts';
import { tidyQueuesJob } from './tidy-queues.ts';

/** Every job of the clock: a new one is its file, in the room whose work it is, and one line here. */
export const JOBS: readonly Job<Rooms>[] = [
  crmPollJob,
  crmReconcileJob,
  freeWaitsJob,
  ipSaltJob,
  monthPartitionsJob,
  privacyJob,
  refreshViewsJob,
  removeExpiredJob,
  reportMailsJob,
  tidyQueuesJob,
];
