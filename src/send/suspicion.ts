import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../io/database.gen.ts';

/** What is to be thought of the person of a conversion. */
export interface Suspicion {
  /** Why they are suspicious; null where they are not. */
  readonly reason: string | null;
  /** The score is not there yet, or is being made anew; so is that of a click by which nobody has started. */
  readonly isUnsettled: boolean;
  /** Somebody has started, or is a lead. */
  readonly isKnown: boolean;
}

/** What the reason of a delivery that was kept back begins with; the index of 0037 knows it. */
export const SUSPICIOUS = 'suspicious:';

/** Whom a conversion `c` is about: the buyer, or who was the first to press Start with its click. */
export const conversionPerson = sql`coalesce(c.bot_user_id,
  (select p.bot_user_id from payments p where p.id = c.payment_id),
  (select s.bot_user_id from bot_starts s
    where s.tracking_token = c.tracking_token and s.workspace_id = c.workspace_id
    order by s.started_at, s.update_id limit 1))`;

interface Subject {
  readonly conversionId: string;
  readonly botUserId: string | null;
  readonly leadId: string | null;
  readonly isUnsettled: boolean;
}

/** What of the database is asked. */
export interface SuspicionQuestion {
  readonly conversionIds: readonly string[];
  /**
   * Holds workspaces and scores against change until the transaction ends, so that whoever follows a change of them
   * sees what was made of the old ones. Who follows changes must not: whoever makes one may wait for it.
   */
  readonly holds: boolean;
}

/** What is to be thought of these conversions, by id; those of workspaces that send everything are absent. */
export async function findSuspicions(
  tx: Kysely<Database>,
  { conversionIds, holds }: SuspicionQuestion,
): Promise<ReadonlyMap<string, Suspicion>> {
  const hold = sql.raw(holds ? 'for share' : '');
  const subjects = await findSubjects(tx, conversionIds, hold);
  const people = await readReasons(tx, { ...PEOPLE, ids: pick(subjects, 'botUserId'), hold });
  const leads = await readReasons(tx, { ...LEADS, ids: pick(subjects, 'leadId'), hold });
  return new Map(
    subjects.map(({ conversionId, botUserId, leadId, isUnsettled }): [string, Suspicion] => {
      const reason = (leadId === null ? people.get(botUserId ?? '') : leads.get(leadId)) ?? null;
      return [conversionId, { reason, isUnsettled, isKnown: leadId !== null || botUserId !== null }];
    }),
  );
}

const PEOPLE = { table: 'user_profiles', key: 'bot_user_id' } as const;
const LEADS = { table: 'lead_profiles', key: 'lead_id' } as const;

const pick = (subjects: readonly Subject[], key: 'botUserId' | 'leadId'): string[] => [
  ...new Set(subjects.flatMap((subject) => subject[key] ?? [])),
];

async function findSubjects(
  tx: Kysely<Database>,
  conversionIds: readonly string[],
  hold: RawBuilder<unknown>,
): Promise<Subject[]> {
  if (conversionIds.length === 0) return [];
  const kept = await sql<{ id: string }>`
    select workspace_id as id from workspaces
    where keep_suspicious_out and workspace_id in (
      select workspace_id from conversions where conversion_id = any(${[...conversionIds]}::uuid[]))
    order by workspace_id ${hold}`.execute(tx);
  if (kept.rows.length === 0) return [];
  const { rows } = await sql<Subject>`
    select c.conversion_id as "conversionId", u.id as "botUserId", c.lead_id as "leadId",
      case when c.lead_id is not null then
        not exists (select from lead_profiles where lead_id = c.lead_id)
        or exists (select from lead_profiles_due where lead_id = c.lead_id)
      when u.id is not null then
        not exists (select from user_profiles where bot_user_id = u.id)
        or exists (select from profiles_due where bot_user_id = u.id)
      else c.tracking_token is not null end as "isUnsettled"
    from conversions c cross join lateral (select ${conversionPerson} as id) u
    where c.conversion_id = any(${[...conversionIds]}::uuid[])
      and c.workspace_id = any(${kept.rows.map(({ id }) => id)}::uuid[])`.execute(tx);
  return rows;
}

interface ScoreRow {
  readonly id: string;
  readonly bot_score: number;
  readonly fraud_score: number;
  readonly reasons: unknown;
}

interface ScoreQuestion {
  readonly table: string;
  readonly key: string;
  readonly ids: readonly string[];
  readonly hold: RawBuilder<unknown>;
}

/** Of those who are suspicious, why. */
async function readReasons(
  tx: Kysely<Database>,
  { table, key, ids, hold }: ScoreQuestion,
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const id = sql.ref(key);
  const { rows } = await sql<ScoreRow & { isSuspicious: boolean }>`
    select ${id} as id, bot_score, fraud_score, reasons, is_suspicious as "isSuspicious"
    from ${sql.table(table)} where ${id} = any(${[...ids]}::uuid[]) order by ${id} ${hold}`.execute(tx);
  return new Map(rows.filter((row) => row.isSuspicious).map((row) => [row.id, buildReason(row)]));
}

/** `suspicious: bot score 70 (bot_declared 50, bot_fast_start 20), fraud score 10 (fraud_bot 10)`. */
function buildReason({ bot_score, fraud_score, reasons }: ScoreRow): string {
  const part = (kind: 'bot' | 'fraud', score: number) => {
    const rules = readRules(reasons, kind).map(({ rule, points }) => `${rule} ${points}`);
    return score === 0 ? [] : [`${kind} score ${score} (${rules.join(', ')})`];
  };
  return `${SUSPICIOUS} ${[...part('bot', bot_score), ...part('fraud', fraud_score)].join(', ')}`;
}

function readRules(reasons: unknown, kind: string): { rule: string; points: number }[] {
  const list: unknown =
    typeof reasons === 'object' && reasons !== null
      ? Object.entries(reasons).find(([key]) => key === kind)?.[1]
      : [];
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'rule' in one && 'points' in one
      ? [{ rule: String(one.rule), points: Number(one.points) }]
      : [],
  );
}
