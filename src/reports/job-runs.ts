import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** How a job of the clock went last. */
export type JobRun = Selectable<Database['job_runs']>;

/** Every job that has ever begun, by name. */
export function listJobRuns(db: Kysely<Database>): Promise<JobRun[]> {
  return db.selectFrom('job_runs').selectAll().orderBy('name').execute();
}
