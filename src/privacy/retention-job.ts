import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { Job } from '../jobs/job.ts';
import { runRetention } from './run-retention.ts';

/** Every night: what is older than the workspaces let it be is cleared. */
export const privacyJob: Job<{ readonly database: { readonly db: Kysely<Database> } }> = {
  name: 'privacy',
  schedule: { cron: '11 5 * * *' },
  expireSeconds: 3_600,
  run: async ({ database }, signal) => {
    const reports = await runRetention(database.db, {
      ...{ now: new Date(), isDryRun: false, actor: 'job', signal },
    });
    const rows = reports
      .flatMap(({ counts }) => Object.values(counts))
      .reduce((sum, count) => sum + count, 0);
    return `${rows} rows cleared in ${reports.length} workspaces`;
  },
};
