import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

const ERROR_LIMIT = 500;

/** Notes that a job begins. */
export async function recordStart(db: Kysely<Database>, name: string, at: Date): Promise<void> {
  await db
    .insertInto('job_runs')
    .values({ name, started_at: at })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ started_at: at, finished_at: null }))
    .execute();
}

/** How a run ended. */
export type RunEnd =
  | { readonly kind: 'done'; readonly note: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Notes how a job ended and how long it took. */
export async function recordEnd(
  db: Kysely<Database>,
  run: { readonly name: string; readonly end: RunEnd; readonly at: Date; readonly durationMs: number },
): Promise<void> {
  const { name, end, at } = run;
  const times = { finished_at: at, duration_ms: Math.round(run.durationMs), outcome: end.kind };
  const result =
    end.kind === 'done'
      ? { note: end.note, error: null, last_success_at: at }
      : { error: describe(end.error), failures: sql<string>`failures + 1` };
  await db
    .updateTable('job_runs')
    .set({ ...times, ...result, runs: sql<string>`runs + 1` })
    .where('name', '=', name)
    .execute();
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_LIMIT);
}
