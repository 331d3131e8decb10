import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { leaveOutUnsettled } from './await-scores.ts';
import { buildPlan, type Plan, type PlannedDelivery, type PlanSettings } from './build-plan.ts';
import type { DueConversion } from './due-conversion.ts';
import { NOTHING_TOLD, replaceWaiting } from './replace-waiting.ts';
import { SUSPICIOUS } from './suspicion.ts';
import { refreshSyncStatus } from './sync-status.ts';
import { recordNotes } from './withheld-log.ts';

const CONVERSIONS_A_ROUND = 500;

/** What the planner needs: the configuration in memory and the platforms by name. */
export interface PlanOptions extends PlanSettings {
  readonly db: Kysely<Database>;
}

/** Makes the deliveries of conversions whose hold is over; returns how many conversions were planned. */
export async function planConversions(options: PlanOptions): Promise<number> {
  if (!(await isWorkWaiting(options))) return 0;
  // The snapshot on disk has no destinations: planning from it would settle that nobody wants the conversion.
  if (options.registry.source !== 'database') return 0;
  return options.db.transaction().execute(async (db) => {
    const found = await lockDue(db, options.now);
    const { due, suspicions } = await leaveOutUnsettled(db, found, options.now);
    const told = await replaceWaiting(db, due, options.now);
    const plans = due.map((conversion) => {
      const id = conversion.conversion_id;
      const suspicion = suspicions.get(id)?.reason ?? null;
      return buildPlan({ conversion, told: told.get(id) ?? NOTHING_TOLD, suspicion }, options);
    });
    await insertDeliveries(
      db,
      plans.flatMap((plan) => plan.deliveries),
    );
    await recordWithheld(db, plans, options.now);
    await recordPlans(db, plans, options.now);
    const ofLeads = due.filter((conversion) => conversion.lead_id !== null);
    await refreshSyncStatus(
      db,
      ofLeads.map((conversion) => conversion.conversion_id),
    );
    return due.length;
  });
}

/** One cheap look, which also tells whether the configuration in memory is older than the database's. */
async function isWorkWaiting({ db, registry, now }: PlanOptions): Promise<boolean> {
  const look = await sql<{ waiting: boolean; version: string }>`
    select exists(select 1 from conversions where planned_at is null and consent <> 'pending'
      and hold_until <= ${now}) as waiting, (select version from settings_version) as version`.execute(db);
  const { waiting = false, version = 0 } = look.rows[0] ?? {};
  if (waiting && (Number(version) > registry.version || registry.source !== 'database')) {
    await registry.refresh();
  }
  return waiting;
}

function lockDue(db: Kysely<Database>, now: Date): Promise<DueConversion[]> {
  return db
    .selectFrom('conversions')
    .select(['conversion_id', 'workspace_id', 'conversion_name', 'occurred_at', 'pool_id', 'consent'])
    .select(['lead_id', 'clicked_at', 'revision', 'retracted_at', 'created_at', 'changed_at'])
    .where('planned_at', 'is', null)
    .where('consent', '<>', 'pending')
    .where('hold_until', '<=', now)
    .orderBy('hold_until')
    .limit(CONVERSIONS_A_ROUND)
    .forUpdate()
    .skipLocked()
    .execute();
}

async function insertDeliveries(db: Kysely<Database>, deliveries: readonly PlannedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into deliveries (delivery_id, workspace_id, conversion_id, destination_id, platform, action, revision,
      state, reason, next_attempt_at, deadline_at, settled_at)
    select * from json_to_recordset(${JSON.stringify(deliveries)}::json) as r(delivery_id uuid, workspace_id uuid,
      conversion_id uuid, destination_id uuid, platform text, action text, revision int, state text, reason text,
      next_attempt_at timestamptz, deadline_at timestamptz, settled_at timestamptz)
    on conflict (conversion_id, destination_id, revision) do nothing`.execute(db);
}

/** Notes for the sync log what was kept back, with the reasons. */
async function recordWithheld(db: Kysely<Database>, plans: readonly Plan[], now: Date): Promise<void> {
  const withheld = plans.flatMap((plan) => plan.deliveries.filter((it) => it.reason?.startsWith(SUSPICIOUS)));
  await recordNotes(
    db,
    withheld.map(({ delivery_id, workspace_id, conversion_id, destination_id, platform, reason }) => ({
      ...{ delivery_id, workspace_id, conversion_id, destination_id, platform },
      note: `skipped: ${reason}`,
    })),
    now,
  );
}

async function recordPlans(db: Kysely<Database>, plans: readonly Plan[], now: Date): Promise<void> {
  if (plans.length === 0) return;
  const rows = plans.map((plan) => ({ conversion_id: plan.conversionId, outcome: plan.outcome }));
  await sql`
    update conversions c set planned_at = ${now}, plan_outcome = r.outcome
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(conversion_id uuid, outcome text)
    where c.conversion_id = r.conversion_id`.execute(db);
}
