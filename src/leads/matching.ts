import { type Kysely, sql } from 'kysely';
import type { Consent } from '../domain/conversion.ts';
import { readEmail, readPhone } from '../domain/identity.ts';
import type { Database } from '../io/database.gen.ts';
import type { LeadTools } from './lead-tools.ts';
import { openContact } from './sealed-fields.ts';

/** What a platform may match a lead on, in the clear; each platform hashes by its own rule. Never log it. */
export interface LeadMatch {
  readonly leadId: string;
  readonly workspaceId: string;
  readonly sessionId: string | null;
  readonly createdAt: Date;
  readonly consentAds: Consent;
  /** Null if there is none that reads as one. */
  readonly email: string | null;
  /** With `+` and the country code; null if there is none that reads as one. */
  readonly phone: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  readonly clientIp: string | null;
  readonly userAgent: string | null;
  /** Of the touch that the lead is attributed to; null if it has none. */
  readonly touch: LeadMatchTouch | null;
}

/** What the lead's touch adds. */
export interface LeadMatchTouch {
  readonly gclid: string | null;
  readonly gbraid: string | null;
  readonly wbraid: string | null;
  readonly fbclid: string | null;
  readonly ttclid: string | null;
  readonly li_fat_id: string | null;
  readonly msclkid: string | null;
  readonly fbc: string | null;
  readonly fbp: string | null;
  readonly ttp: string | null;
  readonly ga_client_id: string | null;
  readonly page_url: string | null;
  readonly referrer: string | null;
  readonly utm_source: string | null;
  readonly utm_medium: string | null;
  readonly utm_campaign: string | null;
  readonly utm_term: string | null;
  readonly utm_content: string | null;
  readonly created_at: Date;
}

/** What leads may be matched on, by lead id; unknown ids are absent. Throws if SECRET_KEY is another. */
export async function findLeadsForMatching(
  db: Kysely<Database>,
  { vault }: Pick<LeadTools, 'vault'>,
  leadIds: readonly string[],
): Promise<ReadonlyMap<string, LeadMatch>> {
  if (leadIds.length === 0) return new Map();
  const leads = await db
    .selectFrom('leads')
    .selectAll()
    .where('lead_id', 'in', [...leadIds])
    .execute();
  const touches = await findTouches(
    db,
    leads.flatMap((lead) => lead.utm_tracking_id ?? []),
  );
  const matches = leads.map((lead): LeadMatch => {
    const touch = lead.utm_tracking_id === null ? null : (touches.get(lead.utm_tracking_id) ?? null);
    const { name, email, phone } = openContact(vault, lead);
    return {
      leadId: lead.lead_id,
      workspaceId: lead.workspace_id,
      sessionId: lead.session_id,
      createdAt: lead.created_at,
      consentAds: readConsent(lead.consent_ads),
      email: email === null ? null : readEmail(email),
      phone: phone !== null && readPhone(phone) !== null ? phone : null,
      ...splitName(name),
      company: lead.company,
      clientIp: lead.client_ip ?? touch?.client_ip ?? null,
      userAgent: lead.user_agent ?? touch?.user_agent ?? null,
      touch,
    };
  });
  return new Map(matches.map((match) => [match.leadId, match]));
}

async function findTouches(db: Kysely<Database>, trackingIds: readonly string[]) {
  if (trackingIds.length === 0) return new Map<string, never>();
  const rows = await db
    .selectFrom('utm_tracking')
    .select(['tracking_id', 'gclid', 'gbraid', 'wbraid', 'fbclid', 'ttclid', 'li_fat_id', 'msclkid'])
    .select(['fbc', 'fbp', 'ttp', 'ga_client_id', 'page_url', 'referrer', 'user_agent', 'created_at'])
    .select(['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'])
    .select(sql<string | null>`host(client_ip)`.as('client_ip'))
    .where('tracking_id', 'in', [...trackingIds])
    .execute();
  return new Map(rows.map((row) => [row.tracking_id, row]));
}

/** The first word and the last: what stands between belongs to either, by country, and would match nobody. */
function splitName(name: string | null): { firstName: string | null; lastName: string | null } {
  const words = name?.trim().split(/\s+/u) ?? [];
  return { firstName: words[0] || null, lastName: words.length > 1 ? (words.at(-1) ?? null) : null };
}

const readConsent = (text: string): Consent => (text === 'granted' || text === 'denied' ? text : 'pending');
