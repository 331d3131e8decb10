import { type Kysely, sql } from 'kysely';
import type { Consent, ConversionName } from '../domain/conversion.ts';
import { buildId } from '../domain/ids.ts';
import { buildDecimal, type Money } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';

/** A conversion to be stored: what happened, when, to whom it belongs, and until when it is held back. */
export interface NewConversion {
  readonly workspaceId: string;
  readonly name: ConversionName;
  /** The id that the browser's event carries too; a second row with the same id is not stored. */
  readonly eventId: string;
  readonly occurredAt: Date;
  readonly trackingToken?: string | null;
  readonly poolId?: string | null;
  readonly botUserId?: string | null;
  readonly paymentId?: string | null;
  readonly value?: Money | null;
  readonly consent: Consent;
  /** Not sent before this; the time of the event itself when nothing is waited for. */
  readonly holdUntil: Date;
  readonly holdReason?: string | null;
}

const ROWS_A_STATEMENT = 1000;

/** Stores conversions, each event id once a workspace however often it is told; returns how many were new. */
export async function saveConversions(
  db: Kysely<Database>,
  conversions: readonly NewConversion[],
): Promise<number> {
  let stored = 0;
  for (let start = 0; start < conversions.length; start += ROWS_A_STATEMENT) {
    const rows = conversions.slice(start, start + ROWS_A_STATEMENT).map(buildRow);
    const result = await sql`
      insert into conversions (conversion_id, workspace_id, conversion_name, event_id, occurred_at, tracking_token,
        pool_id, bot_user_id, payment_id, value, currency, consent, hold_until, hold_reason)
      select conversion_id, workspace_id, conversion_name, event_id, occurred_at, tracking_token,
        pool_id, bot_user_id, payment_id, value, currency, consent, hold_until, hold_reason
      from json_to_recordset(${JSON.stringify(rows)}::json) as r(conversion_id uuid, workspace_id uuid,
        conversion_name text, event_id text, occurred_at timestamptz, tracking_token text, pool_id uuid,
        bot_user_id uuid, payment_id uuid, value numeric, currency text, consent text,
        hold_until timestamptz, hold_reason text)
      on conflict (workspace_id, event_id) do nothing`.execute(db);
    stored += Number(result.numAffectedRows ?? 0n);
  }
  return stored;
}

function buildRow(conversion: NewConversion) {
  return {
    conversion_id: buildId(),
    workspace_id: conversion.workspaceId,
    conversion_name: conversion.name,
    event_id: conversion.eventId,
    occurred_at: conversion.occurredAt.toISOString(),
    tracking_token: conversion.trackingToken ?? null,
    pool_id: conversion.poolId ?? null,
    bot_user_id: conversion.botUserId ?? null,
    payment_id: conversion.paymentId ?? null,
    value: conversion.value ? buildDecimal(conversion.value.cents) : null,
    currency: conversion.value?.currency ?? null,
    consent: conversion.consent,
    hold_until: conversion.holdUntil.toISOString(),
    hold_reason: conversion.holdReason ?? null,
  };
}

/** Ends the hold of a conversion at `at`, because what it waited for has come; nothing happens if it is unknown or planned. */
export async function releaseConversion(
  db: Kysely<Database>,
  released: { readonly workspaceId: string; readonly eventId: string; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('conversions')
    .set({ hold_until: released.at, hold_reason: null })
    .where('workspace_id', '=', released.workspaceId)
    .where('event_id', '=', released.eventId)
    .where('planned_at', 'is', null)
    .where('hold_until', '>', released.at)
    .execute();
}

/** Ends the holds of many conversions in one statement, each as `releaseConversion` does. */
export async function releaseConversions(
  db: Kysely<Database>,
  released: readonly { readonly workspaceId: string; readonly eventId: string; readonly at: Date }[],
): Promise<void> {
  if (released.length === 0) return;
  const rows = released.map(({ workspaceId, eventId, at }) => ({
    workspace_id: workspaceId,
    event_id: eventId,
    at,
  }));
  await sql`
    update conversions as c set hold_until = r.at, hold_reason = null
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(workspace_id uuid, event_id text, at timestamptz)
    where c.workspace_id = r.workspace_id and c.event_id = r.event_id
      and c.planned_at is null and c.hold_until > r.at`.execute(db);
}

/** Notes that a sale was paid back; whoever was told of it is told that. Nothing happens if it is unknown or was noted. */
export async function retractConversion(
  db: Kysely<Database>,
  retracted: { readonly workspaceId: string; readonly eventId: string; readonly at: Date },
): Promise<void> {
  const { workspaceId, eventId, at } = retracted;
  await sql`
    update conversions set retracted_at = ${at}, changed_at = ${at}, revision = revision + 1, hold_until = ${at},
      hold_reason = null, planned_at = null, plan_outcome = null
    where workspace_id = ${workspaceId} and event_id = ${eventId} and retracted_at is null`.execute(db);
}

/**
 * Applies a person's choice to the conversions of their click. A refusal also stops what is planned and not yet
 * sent; a consent frees what waits for it, and never revives what an earlier refusal has already settled.
 */
export async function setConversionConsent(
  db: Kysely<Database>,
  choice: { readonly trackingToken: string; readonly consent: 'granted' | 'denied' },
): Promise<void> {
  let update = db
    .updateTable('conversions')
    .set({ consent: choice.consent })
    .where('tracking_token', '=', choice.trackingToken)
    .where('consent', '<>', choice.consent);
  if (choice.consent === 'granted') update = update.where('planned_at', 'is', null);
  await update.execute();
}
