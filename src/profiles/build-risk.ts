import { type BotFacts, type BotRule, buildBotScore } from '../domain/bot-score.ts';
import { buildFraudScore, type FraudFacts, type FraudRule } from '../domain/fraud-score.ts';
import type { RiskReason } from '../domain/risk-score.ts';
import type { ProfileRules } from './profile-rules.ts';

/** The reasons of both scores. */
export interface RiskReasons {
  readonly bot: readonly RiskReason<BotRule>[];
  readonly fraud: readonly RiskReason<FraudRule>[];
}

/** How far somebody is to be trusted, and why. */
export interface Risk {
  readonly label: 'good' | 'doubtful' | 'suspicious';
  readonly bot_score: number;
  readonly fraud_score: number;
  readonly reasons: RiskReasons;
  readonly is_suspicious: boolean;
}

/** What both scores look at. */
export type RiskFacts = BotFacts & Omit<FraudFacts, 'expectedCountries'>;

/** Works both scores out by the rules of a workspace. */
export function buildRisk(
  facts: RiskFacts,
  { weights, expectedCountries }: Pick<ProfileRules, 'weights' | 'expectedCountries'>,
): Risk {
  const bot = buildBotScore(facts, weights);
  const fraud = buildFraudScore({ ...facts, expectedCountries }, weights);
  const isSuspicious =
    bot.score >= weights.suspicious_bot_score || fraud.score >= weights.suspicious_fraud_score;
  const isDoubtful = bot.score > 0 || fraud.score > 0;
  return {
    label: isSuspicious ? 'suspicious' : isDoubtful ? 'doubtful' : 'good',
    bot_score: bot.score,
    fraud_score: fraud.score,
    reasons: { bot: bot.reasons, fraud: fraud.reasons },
    is_suspicious: isSuspicious,
  };
}
