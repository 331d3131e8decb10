import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildWhy, type Hop } from './trace-hop.ts';
import type { Story } from './trace-story.ts';

/** The conversions of a story and every delivery and attempt, with the platform's receipt. */
export async function listConversionHops(db: Kysely<Database>, story: Story): Promise<Hop[]> {
  const conversions = await selectConversions(db, story);
  const ids = conversions.map((row) => row.conversion_id);
  if (ids.length === 0) return [];
  const deliveries = await selectDeliveries(db, ids).execute();
  const attempts = await selectAttempts(db, ids).execute();
  // What was kept back is told by its note, with when and why; one that is due again says so itself.
  const isOpen = (id: string | null) => deliveries.some((it) => it.delivery_id === id && it.state === 'due');
  const tried = new Set(
    attempts
      .filter(({ attempt, delivery_id: id }) => attempt > 0 || !isOpen(id))
      .map((attempt) => attempt.delivery_id),
  );
  return [
    ...conversions.map((row) => buildConversionHop(row, deliveries.filter(isOf(row)).length)),
    ...deliveries.filter((delivery) => !tried.has(delivery.delivery_id)).map(buildWaitingHop),
    ...attempts.map(buildAttemptHop),
  ];
}

const isOf = (conversion: { conversion_id: string }) => (row: { conversion_id: string }) =>
  row.conversion_id === conversion.conversion_id;

async function selectConversions(db: Kysely<Database>, story: Story) {
  const { workspaceId, tokens, paymentIds, leadIds } = story;
  if (tokens.length + paymentIds.length + leadIds.length === 0) return [];
  return db
    .selectFrom('conversions')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where((where) =>
      where.or([
        ...(paymentIds.length === 0 ? [] : [where('payment_id', 'in', paymentIds)]),
        ...(leadIds.length === 0 ? [] : [where('lead_id', 'in', leadIds)]),
        // A click may have led to several payments: those that nobody asked about stay out.
        ...(tokens.length === 0
          ? []
          : [where.and([where('tracking_token', 'in', tokens), where('payment_id', 'is', null)])]),
      ]),
    )
    .execute();
}

type ConversionRow = Awaited<ReturnType<typeof selectConversions>>[number];

function selectDeliveries(db: Kysely<Database>, conversionIds: readonly string[]) {
  return db
    .selectFrom('deliveries')
    .innerJoin('conversions', 'conversions.conversion_id', 'deliveries.conversion_id')
    .leftJoin('destination_states', 'destination_states.destination_id', 'deliveries.destination_id')
    .selectAll('deliveries')
    .select(['conversions.event_id', 'destination_states.pause_reason'])
    .where('deliveries.conversion_id', 'in', conversionIds);
}

function selectAttempts(db: Kysely<Database>, conversionIds: readonly string[]) {
  return db
    .selectFrom('platform_sync_log')
    .innerJoin('conversions', 'conversions.conversion_id', 'platform_sync_log.conversion_id')
    .selectAll('platform_sync_log')
    .select('conversions.event_id')
    .where('platform_sync_log.conversion_id', 'in', conversionIds);
}

type DeliveryRow = Awaited<ReturnType<ReturnType<typeof selectDeliveries>['execute']>>[number];
type AttemptRow = Awaited<ReturnType<ReturnType<typeof selectAttempts>['execute']>>[number];

function buildConversionHop(row: ConversionRow, deliveries: number): Hop {
  const value = row.value === null ? '' : ` of ${row.value} ${row.currency}`;
  return {
    at: row.occurred_at,
    kind: 'conversion',
    id: row.event_id,
    matched_by: row.tracking_token === null ? null : 'token',
    why: buildWhy(`Event ${row.conversion_name}${value}.`, buildPlanSentence(row, deliveries)),
    receipt: null,
  };
}

function buildPlanSentence(row: ConversionRow, deliveries: number): string {
  if (row.planned_at === null && row.consent === 'pending') return 'It waits for the person’s consent.';
  if (row.planned_at === null) {
    const reason = row.hold_reason === null ? '' : `: ${row.hold_reason}`;
    return `It is held until ${row.hold_until.toISOString()}${reason}.`;
  }
  if (row.plan_outcome !== null) return `${row.plan_outcome}.`;
  return deliveries === 1 ? 'It goes to one destination.' : `It goes to ${deliveries} destinations.`;
}

function buildWaitingHop(row: DeliveryRow): Hop {
  const reason = row.reason ?? row.pause_reason;
  const state =
    row.state === 'due'
      ? `is due, next attempt ${row.next_attempt_at.toISOString()}`
      : `${row.state} without an attempt`;
  return {
    at: row.created_at,
    kind: 'delivery',
    id: row.delivery_id,
    matched_by: row.event_id,
    why: buildWhy(`Delivery to ${row.platform} ${state}${reason === null ? '' : `: ${reason}`}.`),
    receipt: null,
  };
}

/** Nothing was sent: it was kept back as suspicious, or given back. */
function buildNoteHop(row: AttemptRow): Hop {
  return {
    at: row.synced_at,
    kind: 'delivery',
    id: row.delivery_id ?? row.sync_id,
    matched_by: row.event_id,
    why: buildWhy(`Delivery to ${row.platform} ${row.error_message ?? 'noted'}.`),
    receipt: null,
  };
}

function buildAttemptHop(row: AttemptRow): Hop {
  if (row.attempt === 0) return buildNoteHop(row);
  const answered = row.http_status_code === null ? 'no answer' : `HTTP ${row.http_status_code}`;
  const result =
    row.sync_status === 'success' ? 'was taken' : `was not taken: ${row.error_message ?? 'no reason given'}`;
  const reference = row.receipt === null ? '' : ` Its reference there: ${row.receipt}.`;
  return {
    at: row.synced_at,
    kind: 'delivery',
    id: row.delivery_id ?? row.sync_id,
    matched_by: row.event_id,
    why: `Attempt ${row.attempt} to ${row.platform} ${result} (${answered}).${reference}`,
    receipt: {
      platform: row.platform,
      status: row.sync_status,
      attempt: row.attempt,
      http_status: row.http_status_code,
      reference: row.receipt,
      reason: row.error_message,
      answer: row.response_data,
    },
  };
}
