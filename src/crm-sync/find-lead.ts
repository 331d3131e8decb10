import { type Kysely, sql } from 'kysely';
import type { CrmLead } from '../crms/crm.ts';
import { readEmail, readPhone } from '../domain/identity.ts';
import { isId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { readExternalId } from '../leads/lead-row.ts';
import { buildContactHash, type LeadTools } from '../leads/lead-tools.ts';
import { openContact } from '../leads/sealed-fields.ts';

/** A lead in the clear, or null if it is not there or was made anonymous. */
export async function findCrmLead(
  db: Kysely<Database>,
  tools: LeadTools,
  { workspaceId, leadId }: { readonly workspaceId: string; readonly leadId: string },
): Promise<CrmLead | null> {
  const row = await db
    .selectFrom('leads as l')
    .leftJoin('utm_tracking as t', 't.tracking_id', 'l.utm_tracking_id')
    .leftJoin('domains as d', 'd.domain_id', 'l.domain_id')
    .leftJoin('landing_pages as p', 'p.page_id', 'l.page_id')
    .select(['l.lead_id', 'l.external_id', 'l.name', 'l.email', 'l.phone', 'l.message', 'l.company'])
    .select(['l.form_location', 'l.lead_score', 'l.created_at', 'l.extensions', 'l.anonymised_at'])
    .select(['t.utm_source', 't.utm_medium', 't.utm_campaign', 't.utm_term', 't.utm_content'])
    .select(['p.page_url', 'd.domain_name'])
    .where('l.lead_id', '=', leadId)
    .where('l.workspace_id', '=', workspaceId)
    .executeTakeFirst();
  if (!row || row.anonymised_at !== null) return null;
  return {
    leadId: row.lead_id,
    externalId: row.external_id,
    ...openContact(tools.vault, row),
    company: row.company,
    formLocation: row.form_location,
    pageUrl: row.page_url,
    domain: row.domain_name,
    score: row.lead_score,
    createdAt: row.created_at,
    utm: {
      source: row.utm_source,
      medium: row.utm_medium,
      campaign: row.utm_campaign,
      term: row.utm_term,
      content: row.utm_content,
    },
    extensions: readExtensions(row.extensions),
  };
}

function readExtensions(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** What a deal can be joined to a lead by. */
export interface LeadMarks {
  readonly externalIds: readonly string[];
  readonly emails: readonly string[];
  readonly phones: readonly string[];
}

/**
 * The lead that a CRM's deal is about: by our id or the site's, else by e-mail, else by phone. Of several leads of one
 * person it is the newest that was there when the deal changed, because the deal came of that one.
 */
export async function findLeadByMarks(
  db: Kysely<Database>,
  tools: LeadTools,
  question: LeadMarks & { readonly workspaceId: string; readonly at: Date },
): Promise<string | null> {
  const externalIds = question.externalIds.flatMap((id) => readExternalId(id) ?? []);
  const leadIds = externalIds.filter(isId).map((id) => id.toLowerCase());
  const emails = question.emails.flatMap((text) => readEmail(text) ?? []);
  const phones = question.phones.flatMap((text) => readPhone(text) ?? []);
  const wishes = [
    { column: 'lead_id', values: leadIds },
    { column: 'external_id', values: externalIds },
    { column: 'hashed_email', values: emails.map((one) => buildContactHash(tools, 'email', one)) },
    { column: 'hashed_phone', values: phones.map((one) => buildContactHash(tools, 'phone', one)) },
  ] as const;
  for (const { column, values } of wishes) {
    const found = values.length === 0 ? undefined : await findNewest(db, { ...question, column, values });
    if (found) return found;
  }
  return null;
}

async function findNewest(
  db: Kysely<Database>,
  wish: {
    readonly workspaceId: string;
    readonly at: Date;
    readonly column: 'lead_id' | 'external_id' | 'hashed_email' | 'hashed_phone';
    readonly values: readonly string[];
  },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('leads')
    .select('lead_id')
    .where(wish.column, 'in', [...wish.values])
    .where('workspace_id', '=', wish.workspaceId)
    .orderBy(sql`created_at <= ${wish.at}`, 'desc')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.lead_id;
}
