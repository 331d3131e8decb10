import { type Kysely, type Selectable, sql } from 'kysely';
import { readEmail, readPhone } from '../domain/identity.ts';
import type { StageName } from '../domain/lead-stages.ts';
import type { Database } from '../io/database.gen.ts';
import { isSuspicious } from '../profiles/suspicion-filter.ts';
import { readExternalId } from './lead-row.ts';
import { buildContactHash, type LeadTools } from './lead-tools.ts';
import { currentStage } from './stages.ts';

/** A lead as stored, what a person said of itself sealed, with its newest stage. */
export interface FoundLead extends Selectable<Database['leads']> {
  /** Null before the first stage. */
  readonly stage_name: string | null;
  /** Null while they are still to be worked out, as the three after it. */
  readonly bot_score: number | null;
  readonly fraud_score: number | null;
  readonly is_suspicious: boolean | null;
  /** `{bot: [{rule, points}], fraud: […]}`. */
  readonly risk_reasons: unknown;
  /** `created_at` to the microsecond, for the place in a list. */
  readonly created_text: string;
}

/** Which leads are asked for; absent filters let all through. */
export interface LeadQuestion {
  readonly workspaceId: string;
  readonly email?: string | undefined;
  readonly externalId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly domainId?: string | undefined;
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  readonly minScore?: number | undefined;
  /** Only suspicious leads, or only others. */
  readonly suspicious?: boolean | undefined;
  /** The newest stage; `new` also finds leads without any. */
  readonly stage?: StageName | undefined;
  /** Goes on below this place of the list. */
  readonly below?: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}

const select = (db: Kysely<Database>, workspaceId: string) =>
  db
    .selectFrom('leads')
    .leftJoin('lead_profiles', 'lead_profiles.lead_id', 'leads.lead_id')
    .selectAll('leads')
    .select(['bot_score', 'fraud_score', 'is_suspicious', 'lead_profiles.reasons as risk_reasons'])
    .select(currentStage.as('stage_name'))
    .select(sql<string>`leads.created_at::text`.as('created_text'))
    .where('leads.workspace_id', '=', workspaceId);

/** Leads of a workspace, newest first. */
export async function listLeads(
  db: Kysely<Database>,
  tools: Pick<LeadTools, 'hashKey'>,
  question: LeadQuestion,
): Promise<FoundLead[]> {
  const { email, externalId, sessionId, domainId, from, to, minScore, suspicious, stage, below } = question;
  let query = select(db, question.workspaceId);
  if (email !== undefined) {
    const address = readEmail(email);
    if (address === null) return [];
    query = query.where('hashed_email', '=', buildContactHash(tools, 'email', address));
  }
  if (externalId !== undefined) query = query.where('external_id', '=', readExternalId(externalId));
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
  if (domainId !== undefined) query = query.where('domain_id', '=', domainId);
  if (from) query = query.where('created_at', '>=', from);
  if (to) query = query.where('created_at', '<', to);
  if (minScore !== undefined) query = query.where('lead_score', '>=', minScore);
  if (suspicious !== undefined)
    query = query.where(isSuspicious('lead', 'leads.lead_id'), suspicious ? 'is' : 'is not', true);
  if (stage !== undefined) query = query.where(sql<boolean>`coalesce(${currentStage}, 'new') = ${stage}`);
  if (below) {
    // The row comparison alone would not leave out the partitions of later months.
    query = query.where(sql<boolean>`created_at <= ${below.at}::timestamptz`);
    query = query.where(
      sql<boolean>`(created_at, leads.lead_id) < (${below.at}::timestamptz, ${below.id}::uuid)`,
    );
  }
  return query.orderBy('created_at', 'desc').orderBy('leads.lead_id', 'desc').limit(question.limit).execute();
}

/** One lead of a workspace. */
export function findLead(
  db: Kysely<Database>,
  { workspaceId, leadId }: { readonly workspaceId: string; readonly leadId: string },
): Promise<FoundLead | undefined> {
  return select(db, workspaceId).where('leads.lead_id', '=', leadId).executeTakeFirst();
}

/** What another system knows of a person. */
export interface LeadHints {
  readonly workspaceId: string;
  /** Only in this domain; absent = in all of them. */
  readonly domainId?: string | null;
  readonly externalId: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** Only leads up to this moment. */
  readonly until?: Date;
}

/** The lead that another system means: by its external id, else the newest of the e-mail, else of the phone. */
export async function findLeadByHints(
  db: Kysely<Database>,
  tools: Pick<LeadTools, 'hashKey'>,
  hints: LeadHints,
): Promise<{ leadId: string; matchedBy: 'external_id' | 'email' | 'phone' } | null> {
  const email = hints.email === null ? null : readEmail(hints.email);
  const phone = hints.phone === null ? null : readPhone(hints.phone);
  const steps = [
    ['external_id', 'external_id', readExternalId(hints.externalId)],
    ['email', 'hashed_email', email && buildContactHash(tools, 'email', email)],
    ['phone', 'hashed_phone', phone && buildContactHash(tools, 'phone', phone)],
  ] as const;
  for (const [matchedBy, column, value] of steps) {
    if (value === null) continue;
    let query = db.selectFrom('leads').select('lead_id').where('workspace_id', '=', hints.workspaceId);
    query = query.where(column, '=', value);
    if (hints.domainId !== undefined)
      query = query.where('domain_id', 'is not distinct from', hints.domainId);
    if (hints.until) query = query.where('created_at', '<=', hints.until);
    const row = await query.orderBy('created_at', 'desc').limit(1).executeTakeFirst();
    if (row) return { leadId: row.lead_id, matchedBy };
  }
  return null;
}
