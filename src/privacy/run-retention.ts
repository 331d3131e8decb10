import type { Kysely } from 'kysely';
import { BOT_RETENTION } from '../bot/retention-rules.ts';
import { BROADCAST_RETENTION } from '../broadcasts/retention-rules.ts';
import { CRM_RETENTION } from '../crm-sync/retention-rules.ts';
import { type Retention, readRetention } from '../domain/retention.ts';
import type { Database } from '../io/database.gen.ts';
import { clearBatch, countDue, type RetentionRule } from '../io/retention-rule.ts';
import { LEAD_RETENTION } from '../leads/retention-rules.ts';
import { PAYMENT_RETENTION } from '../payments/retention-rules.ts';
import { VISIT_RETENTION } from '../projections/retention-rules.ts';
import { SYNC_LOG_RETENTION } from '../send/retention-rules.ts';
import { recordRun } from './privacy-runs.ts';

/** What every room clears of its tables. */
const RETENTION_RULES: readonly RetentionRule[] = [
  ...BOT_RETENTION,
  ...PAYMENT_RETENTION,
  ...VISIT_RETENTION,
  ...LEAD_RETENTION,
  ...SYNC_LOG_RETENTION,
  ...CRM_RETENTION,
  ...BROADCAST_RETENTION,
];

/** How a run is made. */
export interface RetentionOptions {
  readonly now: Date;
  /** Only counts; the run is recorded all the same. */
  readonly isDryRun: boolean;
  readonly actor: string;
  readonly signal?: AbortSignal;
  /** Told after each rule of each workspace. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What one workspace's run came to. */
export interface RetentionReport {
  readonly run_id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly is_dry_run: boolean;
  readonly retention: Retention;
  /** Rows cleared, or that would be, by rule. */
  readonly counts: Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;
const BATCH = 2_000;

/** Clears in every workspace what is older than its settings let it be. Running it again changes nothing more. */
export async function runRetention(
  db: Kysely<Database>,
  options: RetentionOptions,
): Promise<RetentionReport[]> {
  const workspaces = await db
    .selectFrom('workspaces')
    .select(['workspace_id', 'name', 'settings'])
    .orderBy('workspace_id')
    .execute();
  const total = workspaces.length * RETENTION_RULES.length;
  const reports: RetentionReport[] = [];
  for (const { workspace_id, name, settings } of workspaces) {
    const retention = readRetention(settings);
    const counts: Record<string, number> = {};
    const startedAt = new Date();
    for (const rule of RETENTION_RULES) {
      const rows = await runRule(db, rule, { ...options, workspaceId: workspace_id, retention });
      if (rows !== null) counts[rule.name] = rows;
      options.onProgress?.(
        reports.length * RETENTION_RULES.length + RETENTION_RULES.indexOf(rule) + 1,
        total,
      );
    }
    const { isDryRun, actor } = options;
    const run = { workspaceId: workspace_id, kind: 'retention', actor, isDryRun, counts } as const;
    const run_id = await recordRun(db, { ...run, note: null, startedAt });
    reports.push({ run_id, workspace_id, name, is_dry_run: isDryRun, retention, counts });
  }
  return reports;
}

/** Rows cleared; null where the workspace keeps them for ever. */
async function runRule(
  db: Kysely<Database>,
  rule: RetentionRule,
  run: RetentionOptions & { readonly workspaceId: string; readonly retention: Retention },
): Promise<number | null> {
  const days = run.retention[rule.days];
  if (days === null) return null;
  const scope = { workspaceId: run.workspaceId, before: new Date(run.now.getTime() - days * DAY_MS) };
  if (run.isDryRun) return countDue(db, rule, scope);
  let cleared = 0;
  for (;;) {
    run.signal?.throwIfAborted();
    // One statement over half a year's rows would hold its locks for minutes.
    const rows = await clearBatch(db, rule, { ...scope, limit: BATCH });
    cleared += rows;
    if (rows < BATCH) return cleared;
  }
}
