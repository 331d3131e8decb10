import type { Kysely } from 'kysely';
import type { Click } from '../domain/click.ts';
import type {
  Consent,
  Conversion,
  ConversionItem,
  ConversionName,
  ConversionOrder,
} from '../domain/conversion.ts';
import { type Money, readDecimal } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';
import type { Vault } from '../io/vault.ts';
import { findLeadsForMatching, type LeadMatch } from '../leads/matching.ts';
import { findClicks } from '../projections/find-clicks.ts';
import { buildClickCampaign, buildClickMatch, buildLeadCampaign, buildLeadMatch } from './build-match.ts';

/** A conversion with what the sender itself needs of it; which action is told is the delivery's to say. */
export interface KnownConversion extends Conversion {
  readonly trackingToken: string | null;
  readonly paymentId: string | null;
  readonly storedAt: Date;
  /** What is still on its way into the tables: the click of a token, the visit of a lead; or past its retention. */
  readonly missing: 'click' | 'visit' | null;
}

/** Where conversions are read, and what opens the contacts of leads. */
export interface ConversionSource {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
}

/** Conversions with everything known now of click, payment, lead and person, by id. */
export async function findConversions(
  { db, vault }: ConversionSource,
  conversionIds: readonly string[],
): Promise<ReadonlyMap<string, KnownConversion>> {
  if (conversionIds.length === 0) return new Map();
  const rows = await readRows(db, conversionIds);
  const tokens = rows.flatMap((row) => row.tracking_token ?? []);
  const leadIds = rows.flatMap((row) => row.lead_id ?? []);
  const clicks = await findClicks(db, [...new Set(tokens)]);
  const leads = await findLeadsForMatching(db, { vault }, [...new Set(leadIds)]);
  const built = rows.map((row) => {
    const lead = leads.get(row.lead_id ?? '');
    return lead
      ? buildLeadConversion(row, lead)
      : buildConversion(row, clicks.get(row.tracking_token ?? '') ?? null);
  });
  return new Map(built.map((conversion) => [conversion.conversionId, conversion]));
}

const COLUMNS = [
  'c.conversion_id',
  'c.conversion_name',
  'c.event_id',
  'c.occurred_at',
  'c.clicked_at',
  'c.changed_at',
  'c.lead_id',
  'c.tracking_token',
  'c.payment_id',
  'c.value',
  'c.currency',
  'c.consent',
  'c.created_at',
  'p.product_id',
  'p.product_name',
  'p.created_at as charged_at',
  'p.paid_at',
  'p.refunded_at',
  'p.fbc as payment_fbc',
  'p.fbp as payment_fbp',
  'u.telegram_user_id',
  'u.fbc as user_fbc',
  'u.fbp as user_fbp',
  'u.ip_address',
  'u.user_agent',
  'u.geo_city',
  'u.geo_state',
  'u.geo_country',
] as const;

type Row = Awaited<ReturnType<typeof readRows>>[number];

function readRows(db: Kysely<Database>, conversionIds: readonly string[]) {
  return db
    .selectFrom('conversions as c')
    .leftJoin('payments as p', 'p.id', 'c.payment_id')
    .leftJoin('bot_users as u', (join) =>
      join.on((on) => on('u.id', '=', on.fn.coalesce('c.bot_user_id', 'p.bot_user_id'))),
    )
    .select(COLUMNS)
    .where('c.conversion_id', 'in', conversionIds)
    .execute();
}

function buildConversion(row: Row, click: Click | null): KnownConversion {
  const base = buildBase(row);
  return {
    ...base,
    clickedAt: click?.createdAt ?? row.clicked_at,
    sourceUrl: click?.eventSourceUrl ?? null,
    referrerUrl: click?.referrer ?? null,
    orderId: row.payment_id,
    items: buildItems(row, base.value),
    order: buildPaymentOrder(row),
    campaign: buildClickCampaign(click),
    match: buildClickMatch(row, click),
    missing: click === null && row.tracking_token !== null ? 'click' : null,
  };
}

function buildLeadConversion(row: Row, lead: LeadMatch): KnownConversion {
  const base = buildBase(row);
  const buyer = `Lead ${lead.leadId}`;
  return {
    ...base,
    // The conversion's own refusal stands; else what the person has said by now.
    consent: base.consent === 'denied' ? 'denied' : lead.consentAds,
    clickedAt: row.clicked_at ?? lead.touch?.created_at ?? lead.createdAt,
    sourceUrl: lead.touch?.page_url ?? null,
    referrerUrl: lead.touch?.referrer ?? null,
    orderId: row.event_id,
    items: [],
    order: { id: row.event_id, createdAt: row.occurred_at, paidAt: row.occurred_at, refundedAt: null, buyer },
    campaign: buildLeadCampaign(lead),
    match: buildLeadMatch(lead),
    missing: lead.sessionId !== null && lead.touch === null ? 'visit' : null,
  };
}

function buildBase(row: Row) {
  return {
    conversionId: row.conversion_id,
    name: row.conversion_name as ConversionName,
    action: 'send' as const,
    eventId: row.event_id,
    occurredAt: row.occurred_at,
    changedAt: row.changed_at,
    value: readValue(row),
    leadId: row.lead_id,
    consent: row.consent as Consent,
    trackingToken: row.tracking_token,
    paymentId: row.payment_id,
    storedAt: row.created_at,
  };
}

function readValue(row: Row): Money | null {
  const cents = row.value === null ? null : readDecimal(row.value);
  return cents === null || row.currency === null ? null : { cents, currency: row.currency };
}

function buildItems(row: Row, value: Money | null): readonly ConversionItem[] {
  if (row.product_name === null || value === null) return [];
  const id = row.product_id ?? row.product_name;
  return [{ id, name: row.product_name, quantity: 1, unitPrice: value }];
}

function buildPaymentOrder(row: Row): ConversionOrder | null {
  if (row.payment_id === null || row.charged_at === null) return null;
  const buyer = row.telegram_user_id === null ? 'Telegram' : `Telegram ${row.telegram_user_id}`;
  return {
    id: row.payment_id,
    createdAt: row.charged_at,
    paidAt: row.paid_at,
    refundedAt: row.refunded_at,
    buyer,
  };
}
