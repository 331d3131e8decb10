import type { Kysely } from 'kysely';
import type { CrmLead } from '../crms/crm.ts';
import { isId } from '../domain/ids.ts';
import type { Database } from '../io/database.gen.ts';
import { findLead, findLeadByHints } from '../leads/find-leads.ts';
import type { LeadTools } from '../leads/lead-tools.ts';
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
  const { workspaceId, externalIds, emails, phones, at } = question;
  for (const leadId of externalIds.filter(isId)) {
    const lead = await findLead(db, { workspaceId, leadId });
    if (lead) return lead.lead_id;
  }
  const none = { workspaceId, externalId: null, email: null, phone: null };
  const hints = [
    ...externalIds.map((externalId) => ({ ...none, externalId })),
    ...emails.map((email) => ({ ...none, email })),
    ...phones.map((phone) => ({ ...none, phone })),
  ];
  for (const hint of hints) {
    const found =
      (await findLeadByHints(db, tools, { ...hint, until: at })) ?? (await findLeadByHints(db, tools, hint));
    if (found) return found.leadId;
  }
  return null;
}
