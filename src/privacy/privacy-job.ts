import type { Job } from '../jobs/job.ts';
import type { Parts } from '../parts.ts';
import { archiveMonths } from './archive-months.ts';
import { archiveDirectoryOf } from './build-privacy-tools.ts';
import { runRetention } from './run-retention.ts';

/** Every night: what is older than the workspaces let it be is cleared, and old months move into files if that is set. */
export const privacyJob: Job<Parts> = {
  name: 'privacy',
  schedule: { cron: '11 5 * * *' },
  expireSeconds: 3_600,
  run: async ({ config, database, vault }, signal) => {
    const run = { now: new Date(), isDryRun: false, actor: 'job', signal };
    const reports = await runRetention(database.db, run);
    const archiveDirectory = archiveDirectoryOf(config);
    const months = await archiveMonths(database.db, { ...run, vault, archiveDirectory });
    const rows = reports
      .flatMap(({ counts }) => Object.values(counts))
      .reduce((sum, count) => sum + count, 0);
    return `${rows} rows cleared in ${reports.length} workspaces, ${months.length} months archived`;
  },
};
