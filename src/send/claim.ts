import { type Kysely, sql } from 'kysely';
import type { ConversionAction } from '../domain/conversion.ts';
import type { Database } from '../io/database.gen.ts';
import { refreshSyncStatus } from './sync-status.ts';

/** A delivery that this sender alone may attempt until its lease ends. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly workspaceId: string;
  readonly conversionId: string;
  readonly action: ConversionAction;
  /** The platform works on it under this reference and is only asked after it; null if it is to be sent. */
  readonly requestId: string | null;
  readonly deadlineAt: Date;
  /** Attempts made before this one. */
  readonly attempts: number;
}

/** Whose claim it is, until when, and how many deliveries at most. */
export interface ClaimOptions {
  readonly destinationId: string;
  /** An id of this claim alone, so that a sender that slept through its lease cannot settle another's claim. */
  readonly claimId: string;
  readonly now: Date;
  readonly until: Date;
  readonly limit: number;
}

/**
 * Claims due deliveries of a destination, the nearest deadline first, so that a platform that was away for days gets
 * what it would soon refuse before all else; a crash gives them back when the lease ends.
 */
export async function claimDeliveries(
  db: Kysely<Database>,
  options: ClaimOptions,
): Promise<ClaimedDelivery[]> {
  const { destinationId, claimId, now, until, limit } = options;
  const claimed = await sql<ClaimedDelivery>`
    with due as materialized (
      select delivery_id from deliveries
      where destination_id = ${destinationId} and state = 'due' and next_attempt_at <= ${now}
        and deadline_at > ${now} and (claimed_until is null or claimed_until <= ${now})
      order by deadline_at limit ${limit} for update skip locked)
    update deliveries d set claimed_by = ${claimId}, claimed_until = ${until}
    from due where d.delivery_id = due.delivery_id
    returning d.delivery_id as "deliveryId", d.workspace_id as "workspaceId",
      d.conversion_id as "conversionId", d.action, d.request_id as "requestId", d.deadline_at as "deadlineAt",
      d.attempts`.execute(db);
  return claimed.rows.toSorted((a, b) => a.deadlineAt.getTime() - b.deadlineAt.getTime());
}

/** Moves the end of a lease: a refused batch is sent in parts, which takes longer than one request. */
export async function renewClaim(
  db: Kysely<Database>,
  claim: { readonly claimId: string; readonly until: Date },
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ claimed_until: claim.until })
    .where('claimed_by', '=', claim.claimId)
    .where('state', '=', 'due')
    .execute();
}

/** Gives back what is left of a claim, to be attempted at `at`; no attempt is counted. */
export async function releaseClaim(
  db: Kysely<Database>,
  claim: { readonly deliveryIds: readonly string[]; readonly claimId: string; readonly at: Date },
): Promise<void> {
  if (claim.deliveryIds.length === 0) return;
  await db
    .updateTable('deliveries')
    .set({ claimed_by: null, claimed_until: null, next_attempt_at: claim.at })
    .where('delivery_id', 'in', claim.deliveryIds)
    .where('claimed_by', '=', claim.claimId)
    .where('state', '=', 'due')
    .execute();
}

/** Fails what its platform takes no longer, and settles conversions that nobody ever consented to. */
export async function expireDeliveries(
  db: Kysely<Database>,
  { now, consentWaitMs }: { readonly now: Date; readonly consentWaitMs: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const expired = await sql<{ conversionId: string }>`
      update deliveries set state = 'failed', settled_at = ${now}, claimed_by = null, claimed_until = null,
        reason = 'deadline passed' || coalesce('; last answer: ' || reason, '')
      where state = 'due' and deadline_at <= ${now}
        and (claimed_until is null or claimed_until <= ${now})
      returning conversion_id as "conversionId"`.execute(tx);
    const ids = expired.rows.map((row) => row.conversionId);
    await refreshSyncStatus(tx, ids);
  });
  await db
    .updateTable('conversions')
    .set({ planned_at: now, plan_outcome: 'skipped: consent: the person never chose' })
    .where('planned_at', 'is', null)
    .where('consent', '=', 'pending')
    .where('occurred_at', '<', new Date(now.getTime() - consentWaitMs))
    .execute();
}
