import { countFullestMinute } from '../domain/bot-score.ts';
import { readLocalTime } from '../domain/local-time.ts';
import { buildRisk, type Risk } from '../profiles/build-risk.ts';
import { DEFAULT_WEIGHTS } from '../profiles/profile-rules.ts';
import type { FraudCase } from './fraud-cases.ts';

/** Where the workspace of a labelled set sells, and in which zone its nights are. */
export interface FraudSetting {
  /** IANA name. */
  readonly timezone: string;
  /** ISO 3166-1 alpha-2. */
  readonly expectedCountries: readonly string[];
}

/** How well one way of judging tells fraud from people. Shares are between 0 and 1; null where nothing was judged so. */
export interface FraudEvaluation {
  readonly name: string;
  readonly true_positives: number;
  readonly false_negatives: number;
  readonly false_positives: number;
  readonly true_negatives: number;
  readonly precision: number | null;
  readonly recall: number | null;
}

/** A case with what the program thinks of it. */
export interface ScoredCase {
  readonly case: FraudCase;
  readonly risk: Risk;
}

/** Scores every case by the rules and the weights that a new workspace has. */
export function scoreFraudCases(cases: readonly FraudCase[], setting: FraudSetting): readonly ScoredCase[] {
  const moments = Map.groupBy(cases, (one) => one.ipHash);
  const rules = { weights: DEFAULT_WEIGHTS, expectedCountries: setting.expectedCountries };
  return cases.map((one) => {
    const at = one.startedAt.getTime();
    const neighbours = one.ipHash === null ? [one] : (moments.get(one.ipHash) ?? []);
    const risk = buildRisk(
      {
        isBot: one.isBot,
        usersInMinute: countFullestMinute(at, nearby(neighbours, at)),
        clickToStartSeconds: one.clickedAt && Math.max(0, (at - one.clickedAt.getTime()) / 1000),
        isDatacenter: null,
        country: one.country,
        hasClickId: one.hasClickId,
        hour: readLocalTime(one.startedAt, setting.timezone).hour,
      },
      rules,
    );
    return { case: one, risk };
  });
}

const MINUTE_MS = 60_000;

const nearby = (cases: readonly FraudCase[], at: number): number[] =>
  cases.map((one) => one.startedAt.getTime()).filter((time) => Math.abs(time - at) <= MINUTE_MS);

/** What comes of calling fraud whatever `isCaught` says. */
function evaluateFraud(
  name: string,
  scored: readonly ScoredCase[],
  isCaught: (risk: Risk) => boolean,
): FraudEvaluation {
  const count = (isFraud: boolean, caught: boolean) =>
    scored.filter((one) => one.case.isFraud === isFraud && isCaught(one.risk) === caught).length;
  const [right, missed, wronged, passed] = [
    count(true, true),
    count(true, false),
    count(false, true),
    count(false, false),
  ];
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  return {
    name,
    true_positives: right,
    false_negatives: missed,
    false_positives: wronged,
    true_negatives: passed,
    precision: share(right, right + wronged),
    recall: share(right, right + missed),
  };
}

/** By the fraud score alone, and by what makes somebody suspicious: either score at its threshold. */
export function evaluateBothScores(name: string, scored: readonly ScoredCase[]): readonly FraudEvaluation[] {
  const threshold = DEFAULT_WEIGHTS.suspicious_fraud_score;
  return [
    evaluateFraud(
      `${name}: fraud score from ${threshold} on`,
      scored,
      (risk) => risk.fraud_score >= threshold,
    ),
    evaluateFraud(`${name}: suspicious, by either score`, scored, (risk) => risk.is_suspicious),
  ];
}

/** What each threshold of the fraud score would bring, to choose one by. */
export function evaluateThresholds(name: string, scored: readonly ScoredCase[]): readonly FraudEvaluation[] {
  const scores = [30, 40, 50, 60, 70, 80, 90, 100];
  return scores.map((least) =>
    evaluateFraud(`${name}: fraud score from ${least} on`, scored, (risk) => risk.fraud_score >= least),
  );
}
