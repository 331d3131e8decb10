import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** A destination with something due, as the sender must treat it. */
export interface Lane {
  readonly destinationId: string;
  /** Requests in a row that brought no usable answer. */
  readonly failures: number;
  /** Its credentials were refused: only one event goes, to see whether they are good again. */
  readonly isPaused: boolean;
}

/**
 * Active destinations that have something due and may be called now. A paused one is among them when its owner has
 * changed it since, or when its next probe is due.
 */
export async function findLanes(db: Kysely<Database>, now: Date): Promise<Lane[]> {
  const lanes = await sql<Lane>`
    select d.destination_id as "destinationId", coalesce(s.failures, 0) as failures,
      s.paused_at is not null as "isPaused"
    from destinations d left join destination_states s on s.destination_id = d.destination_id
    where d.is_active
      and (s.slow_until is null or s.slow_until <= ${now} or d.updated_at > s.paused_at)
      and exists (select 1 from deliveries q where q.destination_id = d.destination_id and q.state = 'due'
        and q.next_attempt_at <= ${now} and (q.claimed_until is null or q.claimed_until <= ${now}))`.execute(
    db,
  );
  return lanes.rows;
}

/** Notes that a destination answered as it should; its pause and slow-down end. */
export async function recordSuccess(
  db: Kysely<Database>,
  { destinationId, at }: { readonly destinationId: string; readonly at: Date },
): Promise<void> {
  const well = { failures: 0, paused_at: null, pause_reason: null, slow_until: null, last_success_at: at };
  await saveState(db, destinationId, { ...well, updated_at: at });
}

/** Notes a request without a usable answer; nothing is sent there before `slowUntil`. */
export async function recordFailure(
  db: Kysely<Database>,
  failure: {
    readonly destinationId: string;
    readonly at: Date;
    readonly reason: string;
    /** In a row, this one included. */
    readonly failures: number;
    readonly slowUntil: Date;
  },
): Promise<void> {
  await saveState(db, failure.destinationId, {
    failures: failure.failures,
    slow_until: failure.slowUntil,
    last_failure_at: failure.at,
    last_failure: failure.reason,
    updated_at: failure.at,
  });
}

/** Stops sending to a destination whose credentials or settings are refused; its queue stays. */
export async function pauseDestination(
  db: Kysely<Database>,
  pause: {
    readonly destinationId: string;
    readonly reason: string;
    /** When the refused attempt began: a change after it means that the refusal is of the old credentials. */
    readonly since: Date;
    readonly nextProbeAt: Date;
  },
): Promise<void> {
  await saveState(db, pause.destinationId, {
    paused_at: pause.since,
    pause_reason: pause.reason,
    slow_until: pause.nextProbeAt,
    last_failure_at: pause.since,
    last_failure: pause.reason,
    updated_at: pause.since,
  });
}

/** Ends a pause by the owner's word; false if the destination is not there. What waits is due at once. */
export async function resumeDestination(
  db: Kysely<Database>,
  resumed: { readonly workspaceId: string; readonly destinationId: string; readonly at: Date },
): Promise<boolean> {
  const destination = await db
    .selectFrom('destinations')
    .select('destination_id')
    .where('workspace_id', '=', resumed.workspaceId)
    .where('destination_id', '=', resumed.destinationId)
    .executeTakeFirst();
  if (!destination) return false;
  await saveState(db, resumed.destinationId, {
    failures: 0,
    paused_at: null,
    pause_reason: null,
    slow_until: null,
    updated_at: resumed.at,
  });
  await hastenDeliveries(db, resumed);
  return true;
}

/** Makes everything that waits for a destination due now, because it works again. */
export async function hastenDeliveries(
  db: Kysely<Database>,
  { destinationId, at }: { readonly destinationId: string; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ next_attempt_at: at })
    .where('destination_id', '=', destinationId)
    .where('state', '=', 'due')
    .where('next_attempt_at', '>', at)
    .execute();
}

interface StateChange {
  readonly failures?: number;
  readonly paused_at?: Date | null;
  readonly pause_reason?: string | null;
  readonly slow_until?: Date | null;
  readonly last_success_at?: Date;
  readonly last_failure_at?: Date;
  readonly last_failure?: string;
  readonly updated_at: Date;
}

async function saveState(db: Kysely<Database>, destinationId: string, change: StateChange): Promise<void> {
  await db
    .insertInto('destination_states')
    .values({ destination_id: destinationId, ...change })
    .onConflict((conflict) => conflict.column('destination_id').doUpdateSet(change))
    .execute();
}
