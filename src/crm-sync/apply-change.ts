import { type Selectable, sql, type Transaction } from 'kysely';
import type { DealChange } from '../crms/crm.ts';
import { readDecimal } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';
import { listStages, saveStage } from '../leads/stages.ts';
import type { CrmConnection } from './connections.ts';
import { findLeadByMarks } from './find-lead.ts';
import type { CrmRoomParts } from './room-parts.ts';

/** What a deal's state has changed with us. */
export type Applied =
  | { readonly kind: 'saved' | 'repeat'; readonly leadId: string; readonly note: string }
  | { readonly kind: 'older'; readonly leadId: string; readonly note: string }
  /** Nothing that it could be joined by leads to a lead. */
  | { readonly kind: 'unknown' };

type DealRow = Selectable<Database['crm_deals']>;

/** A change and where it came from. */
export interface Telling {
  readonly connection: CrmConnection;
  readonly change: DealChange;
  /** The CRM's id of the telling, for changes of no deal. */
  readonly dedupeKey: string | null;
}

/**
 * Makes a deal's state a stage of its lead, once: a state that we know already, whoever told it, and one older than
 * what we know change nothing. That also breaks echoes: what we pushed comes back as what we know.
 */
export function applyChange(room: CrmRoomParts, telling: Telling): Promise<Applied> {
  return room.db.transaction().execute(async (tx) => {
    const { connection, change } = telling;
    if (change.dealId !== null) await lockDeal(tx, connection.connectionId, change.dealId);
    const known = await findDeal(tx, telling);
    const now = new Date(room.clock.now());
    const marks = { ...change, workspaceId: connection.workspaceId, at: change.at ?? now };
    const leadId = known?.lead_id ?? (await findLeadByMarks(tx, room.leads, marks));
    if (leadId === null) return { kind: 'unknown' };
    const old = known ? readOldNews(known, change) : await findSameStage(tx, telling, leadId);
    if (old) return { ...old, leadId };
    const at = change.at !== null && change.at < now ? change.at : now;
    const saved = await saveStage(tx, {
      workspaceId: connection.workspaceId,
      leadId,
      stageName: change.stage,
      valueCents: change.valueCents,
      currency: change.valueCents === null ? null : change.currency,
      probability: null,
      changedBy: changedBy(connection),
      reason: `${connection.name || connection.kind}: ${change.crmStage}`.slice(0, 300),
      dedupeKey: buildStageKey(telling, at),
      at,
    });
    if (saved.kind === 'unknown_lead') return { kind: 'unknown' };
    await saveDealState(tx, telling, { leadId, at, now });
    const kind = saved.kind === 'saved' ? 'saved' : 'repeat';
    return { kind, leadId, note: `${change.crmStage} -> ${change.stage}` };
  });
}

/** The same deal told twice at once is looked at one after the other. */
async function lockDeal(tx: Transaction<Database>, connectionId: string, dealId: string): Promise<void> {
  const key = `crm_deals:${connectionId}:${dealId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
}

function findDeal(tx: Transaction<Database>, { connection, change }: Telling): Promise<DealRow | undefined> {
  if (change.dealId === null) return Promise.resolve(undefined);
  return tx
    .selectFrom('crm_deals')
    .selectAll()
    .where('connection_id', '=', connection.connectionId)
    .where('deal_id', '=', change.dealId)
    .executeTakeFirst();
}

function readOldNews(
  known: DealRow,
  change: DealChange,
): { readonly kind: 'repeat' | 'older'; readonly note: string } | null {
  const cents = known.last_value_cents === null ? null : Number(known.last_value_cents);
  // A CRM that says no value, or no currency, says nothing of it.
  const isSameCurrency = change.currency === null || change.currency === known.last_currency;
  const isSameValue = change.valueCents === null || (change.valueCents === cents && isSameCurrency);
  if (known.last_stage === change.stage && isSameValue) {
    return { kind: 'repeat', note: 'this state of the deal is known already' };
  }
  if (change.at !== null && known.changed_at !== null && change.at < known.changed_at) {
    return { kind: 'older', note: 'the deal has changed since' };
  }
  return null;
}

/** A change of no deal is no news if the same connection's last word on the lead was the same. */
async function findSameStage(
  tx: Transaction<Database>,
  { connection, change }: Telling,
  leadId: string,
): Promise<{ readonly kind: 'repeat'; readonly note: string } | null> {
  if (change.dealId !== null) return null;
  const stages = await listStages(tx, { workspaceId: connection.workspaceId, leadId });
  const last = stages.at(-1);
  if (last?.changed_by !== changedBy(connection) || last.stage_name !== change.stage) return null;
  const isSameValue =
    change.valueCents === null ||
    (readDecimal(last.stage_value ?? '') === change.valueCents &&
      (change.currency === null || change.currency === last.currency));
  return isSameValue ? { kind: 'repeat', note: 'this state is known already' } : null;
}

const changedBy = ({ kind, connectionId }: CrmConnection): string => `crm:${kind}:${connectionId}`;

function buildStageKey({ connection, change, dedupeKey }: Telling, at: Date): string {
  const state = `${change.stage}:${change.valueCents ?? ''}:${change.currency ?? ''}`;
  if (change.dealId !== null) {
    return `crm:${connection.connectionId}:${change.dealId}:${state}:${at.getTime()}`;
  }
  return `crm:${connection.connectionId}:${dedupeKey ?? `${at.getTime()}:${state}`}`;
}

async function saveDealState(
  tx: Transaction<Database>,
  { connection, change }: Telling,
  { leadId, at, now }: { readonly leadId: string; readonly at: Date; readonly now: Date },
): Promise<void> {
  if (change.dealId === null) return;
  const state = {
    contact_id: change.contactId,
    last_stage: change.stage,
    last_value_cents: change.valueCents,
    last_currency: change.currency,
    changed_at: at,
    updated_at: now,
  };
  await tx
    .insertInto('crm_deals')
    .values({
      connection_id: connection.connectionId,
      deal_id: change.dealId,
      workspace_id: connection.workspaceId,
      lead_id: leadId,
      ...state,
    })
    .onConflict((conflict) => conflict.columns(['connection_id', 'deal_id']).doUpdateSet(state))
    .execute();
}

/** Remembers which deal a pushed lead became, and the stage that we made it in. */
export async function linkDeal(
  room: CrmRoomParts,
  link: {
    readonly connection: CrmConnection;
    readonly leadId: string;
    readonly dealId: string;
    readonly contactId: string | null;
    readonly stage: string | null;
  },
): Promise<void> {
  const now = new Date(room.clock.now());
  await room.db
    .insertInto('crm_deals')
    .values({
      connection_id: link.connection.connectionId,
      deal_id: link.dealId,
      workspace_id: link.connection.workspaceId,
      lead_id: link.leadId,
      contact_id: link.contactId,
      last_stage: link.stage,
      updated_at: now,
    })
    .onConflict((conflict) =>
      // Where the contact is the deal, a later lead of the same person is whom it is about from now on.
      conflict.columns(['connection_id', 'deal_id']).doUpdateSet({ lead_id: link.leadId, updated_at: now }),
    )
    .execute();
}
