import type { Kysely } from 'kysely';
import { SCORE_RULES, type ScoreWeights } from '../domain/lead-score.ts';
import type { Database } from '../io/database.gen.ts';

/** The points that workspaces give to the rules of the score, by workspace (`settings.score_weights`). */
export async function findScoreWeights(
  db: Kysely<Database>,
  workspaceIds: readonly string[],
): Promise<ReadonlyMap<string, ScoreWeights>> {
  if (workspaceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('workspaces')
    .select(['workspace_id', 'settings'])
    .where('workspace_id', 'in', [...workspaceIds])
    .execute();
  return new Map(rows.map((row) => [row.workspace_id, readWeights(row.settings)]));
}

function readWeights(settings: unknown): ScoreWeights {
  const weights = readField(settings, 'score_weights');
  const entries = SCORE_RULES.map((rule) => [rule, readField(weights, rule)] as const);
  return Object.fromEntries(entries.filter(([, points]) => typeof points === 'number'));
}

function readField(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
