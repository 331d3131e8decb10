import type { Kysely, Selectable } from 'kysely';
import type { Click, ClickSurroundings } from '../domain/click.ts';
import type { Consent } from '../domain/conversion.ts';
import { readInApp } from '../domain/in-app.ts';
import type { Clicks, Database } from '../io/database.gen.ts';

/** The stored click of a token; null if there is none (yet: see `createClickFinder`). */
export async function findClick(db: Kysely<Database>, token: string): Promise<Click | null> {
  return (await findClicks(db, [token])).get(token) ?? null;
}

/** The stored clicks of some tokens, by token; those that do not exist are left out. */
export async function findClicks(
  db: Kysely<Database>,
  tokens: readonly string[],
): Promise<ReadonlyMap<string, Click>> {
  if (tokens.length === 0) return new Map();
  const rows = await db.selectFrom('clicks').selectAll().where('tracking_token', 'in', tokens).execute();
  return new Map(rows.map((row) => [row.tracking_token, readClickRow(row)]));
}

/** An fbclid as it is in the ad's URL, or the first 32 hex digits of its SHA-256. */
export type FbclidQuestion =
  | { readonly workspaceId: string; readonly fbclid: string }
  | { readonly workspaceId: string; readonly fbclidHash: string };

/** The newest stored click of a workspace with this fbclid. */
export async function findNewestClickByFbclid(
  db: Kysely<Database>,
  question: FbclidQuestion,
): Promise<Click | null> {
  const clicks = db.selectFrom('clicks').selectAll().where('workspace_id', '=', question.workspaceId);
  const matching =
    'fbclid' in question
      ? clicks.where('fbclid', '=', question.fbclid)
      : clicks.where('fbclid_hash', '=', question.fbclidHash);
  const row = await matching.orderBy('created_at', 'desc').limit(1).executeTakeFirst();
  return row ? readClickRow(row) : null;
}

/** The click that a row of `clicks` holds. */
export function readClickRow(row: Selectable<Clicks>): Click {
  return {
    trackingToken: row.tracking_token,
    workspaceId: row.workspace_id,
    poolId: row.pool_id,
    botId: row.bot_id,
    mode: row.mode === 'direct' ? 'direct' : 'bridge',
    ...readIdentifiers(row),
    ...readLink(row),
    ...readVisitor(row),
    eventSourceUrl: row.event_source_url,
    pageviewEventId: row.pageview_event_id,
    pageviewTs: row.pageview_ts,
    consent: readConsent(row.consent),
    createdAt: row.created_at,
  };
}

function readIdentifiers(row: Selectable<Clicks>) {
  return {
    fbclid: row.fbclid,
    gclid: row.gclid,
    gbraid: row.gbraid,
    wbraid: row.wbraid,
    ttclid: row.ttclid,
    liFatId: row.li_fat_id,
    msclkid: row.msclkid,
    kwaiClickId: row.kwai_click_id,
    fbp: row.fbp,
    fbpOrigin: row.fbp_origin === 'cookie' || row.fbp_origin === 'posted' ? row.fbp_origin : null,
    fbc: row.fbc,
    fbcOrigin: row.fbc_origin === 'cookie' || row.fbc_origin === 'generated' ? row.fbc_origin : null,
    fbi: row.fbi,
  } as const;
}

function readLink(row: Selectable<Clicks>) {
  return {
    utmSource: row.utm_source,
    utmMedium: row.utm_medium,
    utmCampaign: row.utm_campaign,
    utmId: row.utm_id,
    utmTerm: row.utm_term,
    utmContent: row.utm_content,
    src: row.src,
    sck: row.sck,
    grim: row.grim,
    urlParams: readTexts(row.url_params),
  };
}

function readVisitor(row: Selectable<Clicks>) {
  return {
    clientIp: row.client_ip,
    ipHash: row.ip_hash,
    clientUserAgent: row.client_user_agent,
    clientHints: readTexts(row.client_hints),
    acceptLanguage: row.accept_language,
    referrer: row.referrer,
    ...readSurroundings(row),
  };
}

function readSurroundings(row: Selectable<Clicks>): ClickSurroundings {
  return {
    geoCity: row.geo_city,
    geoState: row.geo_state,
    geoCountry: row.geo_country,
    geoLatitude: row.geo_latitude,
    geoLongitude: row.geo_longitude,
    asn: row.asn === null ? null : Number(row.asn),
    isDatacenter: row.is_datacenter,
    deviceType: row.device_type,
    browserName: row.browser_name,
    browserVersion: row.browser_version,
    osName: row.os_name,
    osVersion: row.os_version,
    inApp: readInApp(row.in_app),
    isMobile: row.is_mobile,
    isTablet: row.is_tablet,
    isPc: row.is_pc,
    isBotDetected: row.is_bot_detected,
    botReasons: row.bot_reasons,
    botClass: row.bot_class,
  };
}

// What no choice is known of is treated as not agreed to.
function readConsent(value: string): Consent {
  return value === 'granted' || value === 'pending' ? value : 'denied';
}

function readTexts(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry) => typeof entry[1] === 'string'));
}
