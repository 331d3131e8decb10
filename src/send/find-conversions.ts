import type { Kysely } from 'kysely';
import type { Click } from '../domain/click.ts';
import type { Consent, Conversion, ConversionItem, ConversionName } from '../domain/conversion.ts';
import { type Money, readDecimal } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';
import { findClicks } from '../projections/find-clicks.ts';

/** A conversion with what the marks after its sending need. */
export interface KnownConversion extends Conversion {
  readonly trackingToken: string | null;
  readonly paymentId: string | null;
  readonly storedAt: Date;
  /** It came from a click that is not in the table: still in the capture log, or past its retention. */
  readonly isClickMissing: boolean;
}

/** Conversions with everything known now of click, payment and person, by id. */
export async function findConversions(
  db: Kysely<Database>,
  conversionIds: readonly string[],
): Promise<ReadonlyMap<string, KnownConversion>> {
  if (conversionIds.length === 0) return new Map();
  const rows = await readRows(db, conversionIds);
  const tokens = rows.flatMap((row) => row.tracking_token ?? []);
  const clicks = await findClicks(db, [...new Set(tokens)]);
  const built = rows.map((row) => buildConversion(row, clicks.get(row.tracking_token ?? '') ?? null));
  return new Map(built.map((conversion) => [conversion.conversionId, conversion]));
}

const COLUMNS = [
  'c.conversion_id',
  'c.conversion_name',
  'c.event_id',
  'c.occurred_at',
  'c.tracking_token',
  'c.payment_id',
  'c.value',
  'c.currency',
  'c.consent',
  'c.created_at',
  'p.product_id',
  'p.product_name',
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
  const value = readValue(row);
  return {
    conversionId: row.conversion_id,
    name: row.conversion_name as ConversionName,
    eventId: row.event_id,
    occurredAt: row.occurred_at,
    sourceUrl: click?.eventSourceUrl ?? null,
    referrerUrl: click?.referrer ?? null,
    value,
    orderId: row.payment_id,
    items: buildItems(row, value),
    consent: row.consent as Consent,
    match: buildMatch(row, click),
    trackingToken: row.tracking_token,
    paymentId: row.payment_id,
    storedAt: row.created_at,
    isClickMissing: click === null && row.tracking_token !== null,
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

/**
 * The click's own keys first: browser and server events must tell the same ids. What the payment and the bot user
 * remember steps in where the click is gone (its retention is over) or never had it.
 */
function buildMatch(row: Row, click: Click | null): Conversion['match'] {
  return {
    email: null,
    phone: null,
    firstName: null,
    lastName: null,
    zip: null,
    ...buildPlace(row, click),
    externalIds: [row.tracking_token, row.telegram_user_id].filter((id) => id !== null),
    clientIp: click?.clientIp ?? row.ip_address,
    userAgent: click?.clientUserAgent ?? row.user_agent,
    fbc: click?.fbc ?? row.payment_fbc ?? row.user_fbc,
    fbp: click?.fbp ?? row.payment_fbp ?? row.user_fbp,
    fbclid: click?.fbclid ?? null,
    gclid: click?.gclid ?? null,
    gbraid: click?.gbraid ?? null,
    wbraid: click?.wbraid ?? null,
    ttclid: click?.ttclid ?? null,
    liFatId: click?.liFatId ?? null,
  };
}

/** City, state and country from one source: a city of the click beside a state of the bot user would be no place. */
function buildPlace(row: Row, click: Click | null) {
  const place = click?.geoCountry
    ? [click.geoCity, click.geoState, click.geoCountry]
    : [row.geo_city, row.geo_state, row.geo_country];
  const [city = null, state = null, country = null] = place;
  return { city, state, country };
}
