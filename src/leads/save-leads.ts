import { createHash } from 'node:crypto';
import { type Insertable, sql, type Transaction } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import { findErasedLeads } from './erased-leads.ts';
import { joinLeads } from './join-leads.ts';
import { buildLeadRow, type LeadRow } from './lead-row.ts';
import type { LeadTools } from './lead-tools.ts';
import type { ConvertedSession, NewLead, SavedLead } from './new-lead.ts';
import { findScoreWeights } from './score-weights.ts';

const ROWS_A_STATEMENT = 200;

/** What saving leads has come to. */
export interface SaveResult {
  /** In the order of the leads given. */
  readonly leads: readonly SavedLead[];
  readonly converted: readonly ConvertedSession[];
}

/**
 * Stores leads, each id once, links those of one e-mail or phone, and joins those whose session is known. Call it
 * once a transaction, with all its leads: the order in which workspaces are locked then keeps it from deadlocks.
 */
export async function saveLeads(
  tx: Transaction<Database>,
  tools: LeadTools,
  leads: readonly NewLead[],
): Promise<SaveResult> {
  if (leads.length === 0) return { leads: [], converted: [] };
  const workspaceIds = [...new Set(leads.map((lead) => lead.workspaceId))];
  await lockWorkspaces(tx, workspaceIds);
  const weights = await findScoreWeights(tx, workspaceIds);
  const ids = await findOwnIds(tx, leads);
  const erased = await findErasedLeads(tx, tools, leads);
  const rows = new Map<string, LeadRow>();
  for (const [index, lead] of leads.entries()) {
    const id = ids[index];
    if (id === undefined || id.isKnown || erased.has(lead) || rows.has(id.leadId)) continue;
    rows.set(
      id.leadId,
      buildLeadRow(tools, { ...lead, leadId: id.leadId }, weights.get(lead.workspaceId) ?? {}),
    );
  }
  const duplicates = await linkDuplicates(tx, [...rows.values()]);
  await insertRows(tx, [...rows.values()], duplicates);
  const sessionIds = [...rows.values()].flatMap(({ columns }) => columns.session_id ?? []);
  const converted = await joinLeads(tx, sessionIds);
  const saved = new Set<string>();
  return {
    converted,
    leads: ids.map(({ leadId, isKnown }, index): SavedLead => {
      const lead = leads[index];
      if (!isKnown && lead !== undefined && erased.has(lead))
        return { leadId, kind: 'erased', duplicateOf: null, problems: [] };
      const row = saved.has(leadId) ? undefined : rows.get(leadId);
      saved.add(leadId);
      if (!row) return { leadId, kind: 'known', duplicateOf: null, problems: [] };
      return { leadId, kind: 'saved', duplicateOf: duplicates.get(leadId) ?? null, problems: row.problems };
    }),
  };
}

/** Two processes must not take one person's two leads for the first one each. */
async function lockWorkspaces(tx: Transaction<Database>, workspaceIds: readonly string[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(key) from (
      select hashtextextended('leads:' || id, 0) as key
      from unnest(${[...workspaceIds]}::text[]) as id order by 1) as keys`.execute(tx);
}

interface OwnId {
  readonly leadId: string;
  readonly isKnown: boolean;
}

/** Ids come from browsers: one that is another workspace's lead must neither hide this lead nor touch that one. */
async function findOwnIds(tx: Transaction<Database>, leads: readonly NewLead[]): Promise<OwnId[]> {
  const wanted = leads.map((lead) => lead.leadId.toLowerCase());
  const derived = leads.map((lead) => deriveId(lead.workspaceId, lead.leadId.toLowerCase()));
  const found = await tx
    .selectFrom('leads')
    .select(['lead_id', 'workspace_id'])
    .where('lead_id', 'in', [...wanted, ...derived])
    .execute();
  const owners = new Map(found.map((row) => [row.lead_id, row.workspace_id]));
  return leads.map(({ workspaceId }, index) => {
    const [given = '', own = ''] = [wanted[index], derived[index]];
    const owner = owners.get(given);
    const leadId = owner === undefined || owner === workspaceId ? given : own;
    return { leadId, isKnown: owners.has(leadId) };
  });
}

function deriveId(workspaceId: string, leadId: string): string {
  const hex = createHash('sha256').update(`${workspaceId}/${leadId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

type Columns = Insertable<Database['leads']>;

/** The key of a person in a domain, by each contact. */
const contactKeys = (row: Pick<Columns, 'workspace_id' | 'domain_id' | 'hashed_email' | 'hashed_phone'>) =>
  [row.hashed_email, row.hashed_phone].flatMap((hash) =>
    hash ? [`${row.workspace_id}/${row.domain_id ?? ''}/${hash}`] : [],
  );

/** The first lead of the same person for each new one that is not the first; changes no row. */
async function linkDuplicates(
  tx: Transaction<Database>,
  rows: readonly LeadRow[],
): Promise<Map<string, string>> {
  const firsts = await findFirstLeads(tx, rows);
  const duplicates = new Map<string, string>();
  for (const { columns } of rows) {
    const keys = contactKeys(columns);
    const first = keys.map((key) => firsts.get(key)).find((id) => id !== undefined);
    if (first !== undefined) duplicates.set(columns.lead_id, first);
    for (const key of keys) if (!firsts.has(key)) firsts.set(key, first ?? columns.lead_id);
  }
  return duplicates;
}

async function findFirstLeads(
  tx: Transaction<Database>,
  rows: readonly LeadRow[],
): Promise<Map<string, string>> {
  const emails = rows.flatMap(({ columns }) => columns.hashed_email ?? []);
  const phones = rows.flatMap(({ columns }) => columns.hashed_phone ?? []);
  if (emails.length + phones.length === 0) return new Map();
  const found = await tx
    .selectFrom('leads')
    .select(['lead_id', 'duplicate_of', 'workspace_id', 'domain_id', 'hashed_email', 'hashed_phone'])
    .where('workspace_id', 'in', [...new Set(rows.map(({ columns }) => columns.workspace_id))])
    .where(({ or, eb }) =>
      or([
        ...(emails.length > 0 ? [eb('hashed_email', 'in', emails)] : []),
        ...(phones.length > 0 ? [eb('hashed_phone', 'in', phones)] : []),
      ]),
    )
    .orderBy('created_at')
    .orderBy('lead_id')
    .execute();
  const firsts = new Map<string, string>();
  for (const row of found) {
    for (const key of contactKeys(row)) {
      if (!firsts.has(key)) firsts.set(key, row.duplicate_of ?? row.lead_id);
    }
  }
  return firsts;
}

async function insertRows(
  tx: Transaction<Database>,
  rows: readonly LeadRow[],
  duplicates: ReadonlyMap<string, string>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const values = rows
      .slice(start, start + ROWS_A_STATEMENT)
      .map(({ columns }) => ({ ...columns, duplicate_of: duplicates.get(columns.lead_id) ?? null }));
    await tx.insertInto('leads').values(values).execute();
  }
}
