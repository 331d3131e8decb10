import { type Kysely, sql } from 'kysely';
import type { RetentionDays } from '../domain/retention.ts';
import type { Database } from './database.gen.ts';

/** What is cleared of a table's rows when they are old: written down by the room that owns the table. All SQL is constant. */
export interface RetentionRule {
  /** As the record of a run names it: `bot_users.ip_address`. */
  readonly name: string;
  readonly table: string;
  readonly key: readonly string[];
  /** The setting whose days count. */
  readonly days: RetentionDays;
  /** The time that the days are counted from. */
  readonly since: string;
  /** True while there is something to clear: a second run finds nothing. */
  readonly when: string;
  /** Assignments that clear it. */
  readonly set: string;
  /** The row's workspace; `workspace_id` if absent. */
  readonly workspace?: string;
}

/** Whose rows, and how old they must be. */
export interface RetentionScope {
  readonly workspaceId: string;
  readonly before: Date;
}

/** How many rows a rule would clear now. */
export async function countDue(
  db: Kysely<Database>,
  rule: RetentionRule,
  scope: RetentionScope,
): Promise<number> {
  const { rows } = await sql<{ due: string }>`
    select count(*) as due from ${sql.table(rule.table)} where ${buildCondition(rule, scope)}`.execute(db);
  return Number(rows[0]?.due ?? 0);
}

/** Clears one batch of at most `limit` rows; how many it was. Less than `limit` = it was the last one. */
export async function clearBatch(
  db: Kysely<Database>,
  rule: RetentionRule,
  scope: RetentionScope & { readonly limit: number },
): Promise<number> {
  const keys = sql.raw(rule.key.join(', '));
  const isSame = sql.raw(rule.key.map((column) => `t.${column} = due.${column}`).join(' and '));
  const { numAffectedRows = 0n } = await sql`
    with due as materialized (
      select ${keys} from ${sql.table(rule.table)} where ${buildCondition(rule, scope)} limit ${scope.limit})
    update ${sql.table(rule.table)} as t set ${sql.raw(rule.set)} from due where ${isSame}`.execute(db);
  return Number(numAffectedRows);
}

function buildCondition({ workspace = 'workspace_id', since, when }: RetentionRule, scope: RetentionScope) {
  return sql`${sql.raw(workspace)} = ${scope.workspaceId} and ${sql.raw(since)} < ${scope.before} and (${sql.raw(when)})`;
}
