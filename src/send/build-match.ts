import type { Click } from '../domain/click.ts';
import type { Campaign, MatchKeys } from '../domain/conversion.ts';
import { buildFbc, readFbc } from '../domain/fbc.ts';
import { readUrlParameters } from '../domain/url-parameters.ts';
import type { LeadMatch } from '../leads/matching.ts';

/** What payment and bot user remember of a person, as far as it is matched on. */
export interface RememberedPerson {
  readonly tracking_token: string | null;
  readonly telegram_user_id: string | null;
  readonly payment_fbc: string | null;
  readonly payment_fbp: string | null;
  readonly user_fbc: string | null;
  readonly user_fbp: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly geo_city: string | null;
  readonly geo_state: string | null;
  readonly geo_country: string | null;
}

/**
 * The click's own keys first: browser and server events must tell the same ids. What the payment and the bot user
 * remember steps in where the click is gone (its retention is over) or never had it.
 */
export function buildClickMatch(row: RememberedPerson, click: Click | null): MatchKeys {
  return {
    email: null,
    phone: null,
    firstName: null,
    lastName: null,
    company: null,
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
    ttp: null,
    liFatId: click?.liFatId ?? null,
    gaClientId: null,
  };
}

/** City, state and country from one source: a city of the click beside a state of the bot user would be no place. */
function buildPlace(row: RememberedPerson, click: Click | null) {
  const place = click?.geoCountry
    ? [click.geoCity, click.geoState, click.geoCountry]
    : [row.geo_city, row.geo_state, row.geo_country];
  const [city = null, state = null, country = null] = place;
  return { city, state, country };
}

/** What a lead said of itself, and the ids of the touch that it is attributed to. */
export function buildLeadMatch(lead: LeadMatch): MatchKeys {
  const { touch } = lead;
  return {
    email: lead.email,
    phone: lead.phone,
    firstName: lead.firstName,
    lastName: lead.lastName,
    company: lead.company,
    city: null,
    state: null,
    zip: null,
    country: null,
    externalIds: [],
    clientIp: lead.clientIp,
    userAgent: lead.userAgent,
    fbc: readFbc(touch?.fbc) === null ? buildTouchFbc(lead) : (touch?.fbc ?? null),
    fbp: touch?.fbp ?? null,
    fbclid: touch?.fbclid ?? null,
    gclid: touch?.gclid ?? null,
    gbraid: touch?.gbraid ?? null,
    wbraid: touch?.wbraid ?? null,
    ttclid: touch?.ttclid ?? null,
    ttp: touch?.ttp ?? null,
    liFatId: touch?.li_fat_id ?? null,
    gaClientId: touch?.ga_client_id ?? null,
  };
}

/** Without the cookie the time of the click id is that of the visit that brought it. */
function buildTouchFbc({ touch }: LeadMatch): string | null {
  return touch?.fbclid ? buildFbc({ fbclid: touch.fbclid, at: touch.created_at.getTime() }) : null;
}

/** The campaign of a click. */
export function buildClickCampaign(click: Click | null): Campaign {
  return {
    utmSource: click?.utmSource ?? null,
    utmMedium: click?.utmMedium ?? null,
    utmCampaign: click?.utmCampaign ?? null,
    utmId: click?.utmId ?? null,
    utmTerm: click?.utmTerm ?? null,
    utmContent: click?.utmContent ?? null,
    src: click?.src ?? null,
    sck: click?.sck ?? null,
  };
}

/** The campaign of a lead's touch; what has no column there is in the page's address. */
export function buildLeadCampaign({ touch }: LeadMatch): Campaign {
  const { utm, link } = readUrlParameters(touch?.page_url?.split('#', 1)[0]?.split('?')[1] ?? '');
  return {
    utmSource: touch?.utm_source ?? null,
    utmMedium: touch?.utm_medium ?? null,
    utmCampaign: touch?.utm_campaign ?? null,
    utmId: utm.utmId,
    utmTerm: touch?.utm_term ?? null,
    utmContent: touch?.utm_content ?? null,
    src: link.src,
    sck: link.sck,
  };
}
