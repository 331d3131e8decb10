import type { Kysely, Selectable } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';

/** One run over personal data, to be recorded. */
export interface PrivacyRun {
  /** Null: of the whole installation. */
  readonly workspaceId: string | null;
  readonly kind: 'retention' | 'archive' | 'export' | 'erase' | 'rotate';
  /** `job`, `cli`, `key:<id>`, `user:<id>`. */
  readonly actor: string;
  readonly isDryRun: boolean;
  /** Rows by what was done to them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly note: string | null;
  readonly startedAt: Date;
}

/** A record as the table has it. */
export type PrivacyRunRow = Selectable<Database['privacy_runs']>;

/** Adds the record of a run; the table lets nobody change or remove one. Returns its id. */
export async function recordRun(db: Kysely<Database>, run: PrivacyRun): Promise<string> {
  const runId = buildId();
  await db
    .insertInto('privacy_runs')
    .values({
      run_id: runId,
      workspace_id: run.workspaceId,
      kind: run.kind,
      actor: run.actor,
      is_dry_run: run.isDryRun,
      counts: JSON.stringify(run.counts),
      rows_total: String(Object.values(run.counts).reduce((sum, rows) => sum + rows, 0)),
      note: run.note,
      started_at: run.startedAt,
      finished_at: new Date(),
    })
    .execute();
  return runId;
}

/** The last runs of a workspace and those of the whole installation, newest first. */
export function listRuns(
  db: Kysely<Database>,
  { workspaceId, limit }: { readonly workspaceId: string; readonly limit: number },
): Promise<PrivacyRunRow[]> {
  return db
    .selectFrom('privacy_runs')
    .selectAll()
    .where((where) => where.or([where('workspace_id', '=', workspaceId), where('workspace_id', 'is', null)]))
    .orderBy('finished_at', 'desc')
    .orderBy('run_id', 'desc')
    .limit(limit)
    .execute();
}
