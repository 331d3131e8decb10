import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { BOT_WEIGHTS, type BotWeights } from '../domain/bot-score.ts';
import { FRAUD_WEIGHTS, type FraudWeights } from '../domain/fraud-score.ts';
import type { Database } from '../io/database.gen.ts';

/** From which score on a person is suspicious, unless the workspace says otherwise. */
const THRESHOLDS = { suspicious_bot_score: 50, suspicious_fraud_score: 70 } as const;
/** Every number of the scores as a new workspace has it. */
export const DEFAULT_WEIGHTS: ProfileWeights = { ...BOT_WEIGHTS, ...FRAUD_WEIGHTS, ...THRESHOLDS };
const NAMES = Object.keys(DEFAULT_WEIGHTS) as readonly (keyof ProfileWeights)[];

/** The names that `score_weights` may hold for profiles. */
export const PROFILE_WEIGHTS: readonly string[] = NAMES;

type Thresholds = { readonly [Name in keyof typeof THRESHOLDS]: number };

/** Every number of the scores, the workspace's own first. */
export type ProfileWeights = BotWeights & FraudWeights & Thresholds;

/** What a workspace's profiles are made by. */
export interface ProfileRules {
  readonly workspaceId: string;
  /** IANA name. */
  readonly timezone: string;
  readonly expectedCountries: readonly string[];
  readonly weights: ProfileWeights;
  /** Differs whenever anything above does. */
  readonly fingerprint: string;
}

/** Grows when the program itself comes to other results, so that stored profiles are made anew. */
const VERSION = 1;

/** The rules of the given workspaces, or of all. */
export async function findProfileRules(
  db: Kysely<Database>,
  workspaceIds?: readonly string[],
): Promise<ReadonlyMap<string, ProfileRules>> {
  if (workspaceIds?.length === 0) return new Map();
  let query = db
    .selectFrom('workspaces')
    .select(['workspace_id', 'timezone', 'expected_countries', 'settings']);
  if (workspaceIds) query = query.where('workspace_id', 'in', [...workspaceIds]);
  const rows = await query.execute();
  return new Map(rows.map((row) => [row.workspace_id, readRules(row)]));
}

function readRules(row: {
  readonly workspace_id: string;
  readonly timezone: string;
  readonly expected_countries: readonly string[];
  readonly settings: unknown;
}): ProfileRules {
  const weights = readWeights(row.settings);
  const expectedCountries = [...row.expected_countries].sort();
  const text = JSON.stringify([VERSION, row.timezone, expectedCountries, NAMES.map((name) => weights[name])]);
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { workspaceId: row.workspace_id, timezone: row.timezone, expectedCountries, weights, fingerprint };
}

function readWeights(settings: unknown): ProfileWeights {
  const own = readField(settings, 'score_weights');
  const numbers = NAMES.map((name) => [name, readField(own, name)] as const);
  return {
    ...DEFAULT_WEIGHTS,
    ...Object.fromEntries(numbers.filter(([, value]) => typeof value === 'number')),
  };
}

function readField(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
