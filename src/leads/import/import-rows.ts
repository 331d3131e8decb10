import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import { findErasedLeads } from '../erased-leads.ts';
import { findLeadByHints } from '../find-leads.ts';
import type { LeadTools } from '../lead-tools.ts';
import { ensureLeadMonths } from '../month-partitions.ts';
import type { NewLead } from '../new-lead.ts';
import { saveLeads } from '../save-leads.ts';
import { saveStage } from '../stages.ts';
import type { ImportKind, ImportRow } from './read-row.ts';

const DAY_MS = 86_400_000;

/** Where rows go. */
export interface ImportTarget {
  readonly kind: ImportKind;
  readonly workspaceId: string;
  readonly domainId: string | null;
  readonly consentAds: 'granted' | 'denied';
  /** Only counts; nothing is stored. */
  readonly isDryRun: boolean;
}

/** What became, or would become, of rows. */
export interface ImportCounts {
  /** New leads. */
  saved: number;
  /** Sales and stages of leads that were there already. */
  matched: number;
  /** Rows that were there from an earlier import, or twice in the file. */
  known: number;
}

/** What one import remembers from batch to batch. */
export interface ImportMemory {
  readonly rows: Set<string>;
  /** Leads that this import makes. */
  readonly made: Set<string>;
  /** Leads that have their sale. */
  readonly sold: Set<string>;
}

/** What an import works with. */
export interface ImportRoom {
  readonly db: Kysely<Database>;
  readonly tools: LeadTools;
  readonly target: ImportTarget;
  readonly memory: ImportMemory;
}

interface PlannedRow {
  readonly row: ImportRow;
  /** The lead that the row is about; null = a new one. */
  readonly leadId: string | null;
}

/** Takes a batch of rows in one transaction. The same rows again change nothing. */
export async function importRows(room: ImportRoom, rows: readonly ImportRow[]): Promise<ImportCounts> {
  const planned: PlannedRow[] = [];
  for (const row of await leaveOutKnown(room, rows)) {
    const leadId = await findSubject(room, row);
    // A lead of which the file says nothing new.
    if (leadId !== null && row.stage === null) continue;
    if (leadId === null) room.memory.made.add(row.rowId);
    planned.push({ row, leadId });
  }
  const isNew = ({ leadId }: PlannedRow) => leadId === null;
  const erased = await findErasedLeads(
    room.db,
    room.tools,
    planned.filter(isNew).map(({ row }) => buildLead(room.target, row)),
  );
  const erasedIds = new Set([...erased].map((lead) => lead.leadId));
  const left = planned.filter((one) => !isNew(one) || !erasedIds.has(one.row.rowId));
  const saved = left.filter(isNew).length;
  if (!room.target.isDryRun) await storeRows(room, left);
  return { saved, matched: left.length - saved, known: rows.length - left.length };
}

/** A sale is told once; a lead may go through several stages, each told once. */
const buildKey = (target: ImportTarget, { rowId, stage }: ImportRow): string =>
  stage === null || target.kind === 'sales'
    ? rowId
    : `${rowId}:${stage.name}:${stage.valueCents ?? ''}:${stage.currency ?? ''}`;

async function leaveOutKnown(
  { db, target, memory }: ImportRoom,
  rows: readonly ImportRow[],
): Promise<readonly ImportRow[]> {
  const unseen = rows.filter((row) => {
    const key = buildKey(target, row);
    const isUnseen = !memory.rows.has(key);
    memory.rows.add(key);
    return isUnseen;
  });
  const prefix = `${target.workspaceId}:import:`;
  const keys = unseen.filter(({ stage }) => stage !== null).map((row) => prefix + buildKey(target, row));
  if (keys.length === 0) return unseen;
  const found = await db
    .selectFrom('lead_stages')
    .select('dedupe_key')
    .where('dedupe_key', 'in', keys)
    .execute();
  const known = new Set(found.map((row) => row.dedupe_key));
  return unseen.filter((row) => !known.has(prefix + buildKey(target, row)));
}

const findSubject = (room: ImportRoom, row: ImportRow): Promise<string | null> =>
  room.target.kind === 'sales' ? findBuyer(room, row) : findImported(room, row);

/** The lead of an earlier row of this kind, or that the site has told under the same external id. */
async function findImported(
  { db, tools, target, memory }: ImportRoom,
  row: ImportRow,
): Promise<string | null> {
  if (memory.made.has(row.rowId)) return row.rowId;
  const { workspaceId, domainId } = target;
  const own = db.selectFrom('leads').select('lead_id').where('workspace_id', '=', workspaceId);
  const found = await own.where('lead_id', '=', row.rowId).executeTakeFirst();
  if (found) return found.lead_id;
  const hints = { workspaceId, domainId, externalId: row.externalId, email: null, phone: null };
  return (await findLeadByHints(db, tools, hints))?.leadId ?? null;
}

/** The lead whose sale this is: known by its id, e-mail or phone, before the sale, and without a sale of its own yet. */
async function findBuyer({ db, tools, target, memory }: ImportRoom, row: ImportRow): Promise<string | null> {
  const { workspaceId, domainId } = target;
  const { externalId, email, phone, stage } = row;
  // A sale with a day alone may stand before the lead of the same day.
  const until = new Date((stage?.at ?? row.createdAt).getTime() + DAY_MS);
  const hints = { workspaceId, domainId, externalId, email, phone, until };
  const found = await findLeadByHints(db, tools, hints);
  if (found === null || memory.sold.has(found.leadId)) return null;
  memory.sold.add(found.leadId);
  const won = db.selectFrom('lead_stages').select('stage_id').where('lead_id', '=', found.leadId);
  return (await won.where('stage_name', '=', 'won').executeTakeFirst()) ? null : found.leadId;
}

async function storeRows({ db, tools, target }: ImportRoom, planned: readonly PlannedRow[]): Promise<void> {
  const { workspaceId } = target;
  const newRows = planned.filter(({ leadId }) => leadId === null).map(({ row }) => row);
  await ensureLeadMonths(
    db,
    newRows.map((row) => row.createdAt),
  );
  await db.transaction().execute(async (tx) => {
    const { leads } = await saveLeads(
      tx,
      tools,
      newRows.map((row) => buildLead(target, row)),
    );
    const ids = new Map(newRows.map((row, index) => [row.rowId, leads[index]?.leadId]));
    for (const { row, leadId } of planned) {
      const id = leadId ?? ids.get(row.rowId);
      if (row.stage === null || id === undefined) continue;
      const { name: stageName, ...stage } = row.stage;
      const words = { probability: null, changedBy: 'import', reason: null };
      const dedupeKey = `import:${buildKey(target, row)}`;
      await saveStage(tx, { workspaceId, leadId: id, stageName, ...stage, ...words, dedupeKey });
    }
  });
}

const buildLead = (target: ImportTarget, row: ImportRow): NewLead => ({
  leadId: row.rowId,
  workspaceId: target.workspaceId,
  domainId: target.domainId,
  sessionId: null,
  externalId: row.externalId,
  name: row.name,
  email: row.email,
  phone: row.phone,
  company: row.company,
  message: row.message,
  formLocation: row.formLocation ?? 'import',
  consentAds: target.consentAds,
  createdAt: row.createdAt,
  isUndated: row.isUndated,
});
