import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { buildWhy, type Hop, type Receipt } from './trace-hop.ts';
import type { Story } from './trace-story.ts';
import { type ConversionTexts, type HopTexts, wordOf } from './trace-words/hop-texts.ts';
import { tellReason } from './trace-words/tell-reason.ts';

/** The conversions of a story and every delivery and attempt, with the platform's receipt. */
export async function listConversionHops(
  db: Kysely<Database>,
  story: Story,
  texts: HopTexts,
): Promise<Hop[]> {
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
    ...conversions.map((row) => buildConversionHop(row, deliveries.filter(isOf(row)).length, texts)),
    ...deliveries
      .filter((delivery) => !tried.has(delivery.delivery_id))
      .map((row) => buildWaitingHop(row, texts)),
    ...attempts.map((row) => buildAttemptHop(row, texts)),
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

function buildConversionHop(row: ConversionRow, deliveries: number, texts: HopTexts): Hop {
  const { conversion, money } = texts;
  const value = row.value === null ? null : money(row.value, row.currency);
  return {
    at: row.occurred_at,
    kind: 'conversion',
    id: row.event_id,
    matched_by: row.tracking_token === null ? null : 'token',
    why: buildWhy(
      conversion.event(wordOf(conversion.events, row.conversion_name), value),
      buildPlanSentence(row, deliveries, texts),
    ),
    receipt: null,
  };
}

function buildPlanSentence(row: ConversionRow, deliveries: number, texts: HopTexts): string {
  const { conversion, language } = texts;
  if (row.planned_at === null && row.consent === 'pending') return conversion.waitsForConsent;
  if (row.planned_at === null) {
    const reason = row.hold_reason && tellReason(row.hold_reason, language);
    return conversion.held(row.hold_until.toISOString(), reason);
  }
  if (row.plan_outcome !== null) return conversion.outcome(tellReason(row.plan_outcome, language));
  return conversion.goesTo(deliveries);
}

function buildWaitingHop(row: DeliveryRow, { conversion, language }: HopTexts): Hop {
  const stored = row.reason ?? row.pause_reason;
  const reason = stored && tellReason(stored, language);
  return {
    at: row.created_at,
    kind: 'delivery',
    id: row.delivery_id,
    matched_by: row.event_id,
    why:
      row.state === 'due'
        ? conversion.due(row.platform, row.next_attempt_at.toISOString(), reason)
        : conversion.settled(row.platform, wordOf(conversion.states, row.state), reason),
    receipt: null,
  };
}

function buildAttemptHop(row: AttemptRow, { conversion, language }: HopTexts): Hop {
  const reason = row.error_message && tellReason(row.error_message, language);
  const hop = {
    at: row.synced_at,
    kind: 'delivery',
    id: row.delivery_id ?? row.sync_id,
    matched_by: row.event_id,
  } as const;
  // Nothing was sent: it was kept back as suspicious, or given back.
  if (row.attempt === 0) return { ...hop, why: conversion.note(row.platform, reason), receipt: null };
  return { ...hop, why: tellAttempt(row, reason, conversion), receipt: buildReceipt(row) };
}

function tellAttempt(row: AttemptRow, reason: string | null, { attempt }: ConversionTexts): string {
  const { platform, receipt: reference, http_status_code: httpStatus } = row;
  const result = row.sync_status === 'success' ? 'taken' : isAccepted(row) ? 'accepted' : 'refused';
  return attempt({ attempt: row.attempt, platform, result, reason, httpStatus, reference });
}

/** Taken for processing: the platform has given its reference, and answers later. */
const isAccepted = (row: AttemptRow): boolean => row.sync_status === 'pending' && row.receipt !== null;

const buildReceipt = (row: AttemptRow): Receipt => ({
  platform: row.platform,
  status: row.sync_status,
  attempt: row.attempt,
  http_status: row.http_status_code,
  reference: row.receipt,
  reason: row.error_message,
  answer: row.response_data,
});
