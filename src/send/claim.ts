import { type Kysely, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** A delivery that this sender alone may attempt until its lease ends. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  readonly workspaceId: string;
  readonly conversionId: string;
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

/** Claims due deliveries of a destination, the longest due first; a crash gives them back when the lease ends. */
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
      order by next_attempt_at limit ${limit} for update skip locked)
    update deliveries d set claimed_by = ${claimId}, claimed_until = ${until}
    from due where d.delivery_id = due.delivery_id
    returning d.delivery_id as "deliveryId", d.workspace_id as "workspaceId",
      d.conversion_id as "conversionId", d.attempts`.execute(db);
  return claimed.rows;
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
  await sql`
    update deliveries set state = 'failed', settled_at = ${now}, claimed_by = null, claimed_until = null,
      reason = 'deadline passed' || coalesce('; last answer: ' || reason, '')
    where state = 'due' and deadline_at <= ${now}
      and (claimed_until is null or claimed_until <= ${now})`.execute(db);
  await db
    .updateTable('conversions')
    .set({ planned_at: now, plan_outcome: 'skipped: consent: the person never chose' })
    .where('planned_at', 'is', null)
    .where('consent', '=', 'pending')
    .where('occurred_at', '<', new Date(now.getTime() - consentWaitMs))
    .execute();
}
