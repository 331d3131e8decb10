import { type Kysely, type Selectable, sql } from 'kysely';
import type { ConversionName } from '../domain/conversion.ts';
import { buildId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Destination, PoolMeta, Registry } from '../settings/types.ts';

const CONVERSIONS_A_ROUND = 500;

type DueConversion = Pick<
  Selectable<Database['conversions']>,
  'conversion_id' | 'workspace_id' | 'conversion_name' | 'occurred_at' | 'pool_id' | 'consent'
>;

/** What the planner needs: the configuration in memory and the platforms by name. */
export interface PlanOptions {
  readonly db: Kysely<Database>;
  readonly registry: Registry;
  readonly findPlatform: (id: string) => Platform | undefined;
  /** The present moment. */
  readonly now: Date;
}

/** Makes the deliveries of conversions whose hold is over; returns how many conversions were planned. */
export async function planConversions(options: PlanOptions): Promise<number> {
  if (!(await isWorkWaiting(options))) return 0;
  // The snapshot on disk has no destinations: planning from it would settle that nobody wants the conversion.
  if (options.registry.source !== 'database') return 0;
  return options.db.transaction().execute(async (db) => {
    const due = await lockDue(db, options.now);
    const plans = due.map((conversion) => buildPlan(conversion, options));
    await insertDeliveries(
      db,
      plans.flatMap((plan) => plan.deliveries),
    );
    await recordPlans(db, plans, options.now);
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
    .where('planned_at', 'is', null)
    .where('consent', '<>', 'pending')
    .where('hold_until', '<=', now)
    .orderBy('hold_until')
    .limit(CONVERSIONS_A_ROUND)
    .forUpdate()
    .skipLocked()
    .execute();
}

interface Plan {
  readonly conversionId: string;
  /** Why there are no deliveries, or none that will be sent; null where there are. */
  readonly outcome: string | null;
  readonly deliveries: readonly PlannedDelivery[];
}

interface PlannedDelivery {
  readonly delivery_id: string;
  readonly workspace_id: string;
  readonly conversion_id: string;
  readonly destination_id: string;
  readonly platform: string;
  readonly state: 'due' | 'skipped';
  readonly reason: string | null;
  readonly next_attempt_at: Date;
  readonly deadline_at: Date;
  readonly settled_at: Date | null;
}

function buildPlan(conversion: DueConversion, options: PlanOptions): Plan {
  const conversionId = conversion.conversion_id;
  const all = options.registry.destinationsFor({
    workspaceId: conversion.workspace_id,
    poolId: conversion.pool_id,
  });
  if (all.length === 0) {
    return { conversionId, outcome: 'no destination: none is active here', deliveries: [] };
  }
  const wanted = all.filter((destination) => isSwitchedOn(conversion, destination, options.registry));
  if (wanted.length === 0) {
    return { conversionId, outcome: 'switched off: the pool does not send this event', deliveries: [] };
  }
  const refusal = conversion.consent === 'denied' ? 'consent: the person has not agreed to ads' : null;
  const deliveries = wanted.map((destination) =>
    buildDelivery({ conversion, destination, refusal }, options),
  );
  return { conversionId, outcome: refusal && `skipped: ${refusal}`, deliveries };
}

const SWITCHES: Readonly<Record<ConversionName, keyof PoolMeta | null>> = {
  page_view: 'sendPageView',
  view_content: 'sendViewContent',
  initiate_checkout: 'sendInitiateCheckout',
  purchase: 'sendPurchase',
  won: null,
};

/** A pool's switches are about its events at Meta, whoever owns the destination there. */
function isSwitchedOn(conversion: DueConversion, destination: Destination, registry: Registry): boolean {
  if (destination.platform !== 'meta' || conversion.pool_id === null) return true;
  const meta = registry.pool(conversion.pool_id)?.meta;
  if (!meta) return destination.poolId === null;
  const pressed = SWITCHES[conversion.conversion_name as ConversionName];
  return pressed === null || meta[pressed] === true;
}

interface PlannedPart {
  readonly conversion: DueConversion;
  readonly destination: Destination;
  readonly refusal: string | null;
}

function buildDelivery({ conversion, destination, refusal }: PlannedPart, options: PlanOptions) {
  const { now } = options;
  const platform = options.findPlatform(destination.platform);
  const acceptanceMs = platform?.acceptanceMs(conversion.conversion_name as ConversionName) ?? 0;
  const reason =
    refusal ?? (platform ? null : `there is no platform ${destination.platform} in this version`);
  return {
    delivery_id: buildId(),
    workspace_id: conversion.workspace_id,
    conversion_id: conversion.conversion_id,
    destination_id: destination.destinationId,
    platform: destination.platform,
    state: reason === null ? ('due' as const) : ('skipped' as const),
    reason,
    next_attempt_at: now,
    deadline_at: new Date(conversion.occurred_at.getTime() + acceptanceMs),
    settled_at: reason === null ? null : now,
  };
}

async function insertDeliveries(db: Kysely<Database>, deliveries: readonly PlannedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into deliveries (delivery_id, workspace_id, conversion_id, destination_id, platform, state, reason,
      next_attempt_at, deadline_at, settled_at)
    select * from json_to_recordset(${JSON.stringify(deliveries)}::json) as r(delivery_id uuid, workspace_id uuid,
      conversion_id uuid, destination_id uuid, platform text, state text, reason text,
      next_attempt_at timestamptz, deadline_at timestamptz, settled_at timestamptz)
    on conflict (conversion_id, destination_id) do nothing`.execute(db);
}

async function recordPlans(db: Kysely<Database>, plans: readonly Plan[], now: Date): Promise<void> {
  if (plans.length === 0) return;
  const rows = plans.map((plan) => ({ conversion_id: plan.conversionId, outcome: plan.outcome }));
  await sql`
    update conversions c set planned_at = ${now}, plan_outcome = r.outcome
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(conversion_id uuid, outcome text)
    where c.conversion_id = r.conversion_id`.execute(db);
}
