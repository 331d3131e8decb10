import type { Transaction } from 'kysely';
import type { LeadItem } from '../../domain/collect.ts';
import type { Database } from '../../io/database.gen.ts';
import { joinLeads } from '../../leads/join-leads.ts';
import type { LeadTools } from '../../leads/lead-tools.ts';
import type { NewLead } from '../../leads/new-lead.ts';
import { saveLeads } from '../../leads/save-leads.ts';
import type { PageIds } from './landing-pages.ts';
import type { OpenSession } from './open-sessions.ts';
import type { Visit } from './read-visit.ts';

/** What the leads of a batch need beside the database. */
export interface LeadFold {
  readonly tools: LeadTools;
  readonly pages: PageIds;
  /** Sessions of which something changed that their leads show; those of other batches too. */
  readonly rejoined: readonly string[];
}

/**
 * Stores the leads of these sessions and joins them, and those that were there before, to what is known now. Returns
 * the sessions that have one.
 */
export async function foldLeads(
  db: Transaction<Database>,
  sessions: readonly OpenSession[],
  { tools, pages, rejoined }: LeadFold,
): Promise<readonly string[]> {
  const leads = sessions.flatMap((session) =>
    session.visits.flatMap((visit) =>
      visit.items.flatMap((item) =>
        item.type === 'lead' ? [buildLead(item, { session, visit, pages })] : [],
      ),
    ),
  );
  const { converted } = await saveLeads(db, tools, leads);
  const joined = await joinLeads(db, rejoined);
  return [...new Set([...converted, ...joined].map((one) => one.sessionId))];
}

interface LeadParts {
  readonly session: OpenSession;
  readonly visit: Visit;
  readonly pages: PageIds;
}

function buildLead(item: LeadItem, { session, visit, pages }: LeadParts): NewLead {
  return {
    leadId: item.id,
    workspaceId: session.workspaceId,
    domainId: session.domainId,
    sessionId: session.sessionId,
    pageId: pages.of(session.domainId, item.pageUrl),
    externalId: item.externalId,
    name: item.name,
    email: item.email,
    phone: item.phone,
    company: item.company,
    message: item.message,
    formLocation: item.formLocation,
    extensions: item.extensions,
    metadata: item.metadata,
    consentAds: item.consent.ads,
    clientIp: visit.clientIp,
    userAgent: visit.userAgent,
    country: visit.country,
    isDatacenter: visit.isDatacenter,
    createdAt: new Date(item.at),
  };
}
