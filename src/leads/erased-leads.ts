import type { Kysely } from 'kysely';
import { readEmail, readPhone } from '../domain/identity.ts';
import type { Database } from '../io/database.gen.ts';
import { type DatedIdentifier, findErased } from '../io/tombstones.ts';
import { readExternalId } from './lead-row.ts';
import type { LeadTools } from './lead-tools.ts';
import type { NewLead } from './new-lead.ts';

/** Those of the leads whose person was erased after they were left: told again by a file, a log or a late webhook. */
export async function findErasedLeads(
  db: Kysely<Database>,
  { vault }: Pick<LeadTools, 'vault'>,
  leads: readonly NewLead[],
): Promise<ReadonlySet<NewLead>> {
  const isErased = await findErased(db, vault, leads.flatMap(listIdentifiers));
  return new Set(leads.filter((lead) => listIdentifiers(lead).some(isErased)));
}

function listIdentifiers(lead: NewLead): readonly DatedIdentifier[] {
  const { workspaceId } = lead;
  const at = lead.isUndated ? 0 : lead.createdAt.getTime();
  const values = {
    email: readEmail(lead.email ?? ''),
    phone: readPhone(lead.phone ?? ''),
    external: readExternalId(lead.externalId),
    session: lead.sessionId,
  };
  return (['email', 'phone', 'external', 'session'] as const).flatMap((kind) => {
    const value = values[kind];
    return value === null ? [] : [{ workspaceId, kind, value, at }];
  });
}
