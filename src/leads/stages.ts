import { type Kysely, type Selectable, sql } from 'kysely';
import { buildId } from '../domain/ids.ts';
import type { StageName } from '../domain/lead-stages.ts';
import { buildDecimal } from '../domain/money.ts';
import type { Database } from '../io/database.gen.ts';

/** A stage as the table has it. */
export type StageRow = Selectable<Database['lead_stages']>;

/** What becomes of a lead. */
export interface NewStage {
  readonly workspaceId: string;
  readonly leadId: string;
  readonly stageName: StageName;
  /** Null if nothing is said of the value. */
  readonly valueCents: number | null;
  /** ISO 4217; null = the workspace's. */
  readonly currency: string | null;
  /** Whole percent. */
  readonly probability: number | null;
  readonly changedBy: string | null;
  readonly reason: string | null;
  /** One change at its source makes one stage, however often it is told. */
  readonly dedupeKey?: string;
  /** Now if absent. */
  readonly at?: Date;
}

/** What became of a stage: `known` = its dedupe key was there already. */
export type StageResult =
  | { readonly kind: 'saved'; readonly stage: StageRow }
  | { readonly kind: 'known'; readonly stage: StageRow }
  | { readonly kind: 'unknown_lead' };

/** Records what became of a lead; the database makes, restates or retracts the offline conversion in the same step. */
export async function saveStage(db: Kysely<Database>, stage: NewStage): Promise<StageResult> {
  const lead = await db
    .selectFrom('leads')
    .select('lead_id')
    .where('lead_id', '=', stage.leadId)
    .where('workspace_id', '=', stage.workspaceId)
    .executeTakeFirst();
  if (!lead) return { kind: 'unknown_lead' };
  const dedupeKey = stage.dedupeKey === undefined ? null : `${stage.workspaceId}:${stage.dedupeKey}`;
  const saved = await db
    .insertInto('lead_stages')
    .values({
      stage_id: buildId(),
      workspace_id: stage.workspaceId,
      lead_id: stage.leadId,
      stage_name: stage.stageName,
      stage_value: stage.valueCents === null ? null : buildDecimal(stage.valueCents),
      currency: stage.currency,
      probability: stage.probability,
      changed_by: stage.changedBy,
      reason: stage.reason,
      dedupe_key: dedupeKey,
      ...(stage.at === undefined ? {} : { created_at: stage.at }),
    })
    .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (saved) return { kind: 'saved', stage: saved };
  const known = db.selectFrom('lead_stages').selectAll().where('dedupe_key', '=', dedupeKey);
  return { kind: 'known', stage: await known.executeTakeFirstOrThrow() };
}

/** All that became of a lead, oldest first. */
export function listStages(
  db: Kysely<Database>,
  { workspaceId, leadId }: { readonly workspaceId: string; readonly leadId: string },
): Promise<StageRow[]> {
  return db
    .selectFrom('lead_stages')
    .selectAll()
    .where('lead_id', '=', leadId)
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .orderBy('arrival')
    .execute();
}

/** The newest stage of a lead row called `leads`; null before the first. */
export const currentStage = sql<string | null>`(
  select s.stage_name from lead_stages s where s.lead_id = leads.lead_id
  order by s.created_at desc, s.arrival desc limit 1)`;
