import { type RiskScore, sumRisk } from './risk-score.ts';

/** Points and thresholds of the fraud score unless the workspace has its own; the names are those of its settings. */
export const FRAUD_WEIGHTS = {
  fraud_country: 40,
  fraud_no_click_id: 30,
  fraud_night: 20,
  fraud_bot: 10,
  /** The first hour of the night, local. */
  night_from_hour: 3,
  /** The first hour of the day; a night may reach over midnight. */
  night_to_hour: 7,
} as const;

/** The numbers that a fraud score is worked out with. */
export type FraudWeights = { readonly [Name in keyof typeof FRAUD_WEIGHTS]: number };

/** A rule of the fraud score. */
export type FraudRule = 'fraud_country' | 'fraud_no_click_id' | 'fraud_night' | 'fraud_bot';

/** What the fraud score looks at. */
export interface FraudFacts {
  /** ISO 3166-1 alpha-2; an unknown country speaks against nobody. */
  readonly country: string | null;
  /** Where the workspace sells; none means everywhere. */
  readonly expectedCountries: readonly string[];
  /** Null where no visit is known; that speaks against nobody. */
  readonly hasClickId: boolean | null;
  /** 0 to 23, in the workspace's zone; null where it is not known. */
  readonly hour: number | null;
  readonly isBot: boolean;
}

/** How much speaks for a visit that no honest ad brought. */
export function buildFraudScore(facts: FraudFacts, weights: FraudWeights): RiskScore<FraudRule> {
  const { country, expectedCountries } = facts;
  const isForeign =
    country !== null && expectedCountries.length > 0 && !expectedCountries.includes(country.toUpperCase());
  return sumRisk<FraudRule>([
    { rule: 'fraud_country', isMet: isForeign, points: weights.fraud_country },
    { rule: 'fraud_no_click_id', isMet: facts.hasClickId === false, points: weights.fraud_no_click_id },
    { rule: 'fraud_night', isMet: isNight(facts.hour, weights), points: weights.fraud_night },
    { rule: 'fraud_bot', isMet: facts.isBot, points: weights.fraud_bot },
  ]);
}

function isNight(hour: number | null, { night_from_hour: from, night_to_hour: to }: FraudWeights): boolean {
  if (hour === null) return false;
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to;
}
