/** Why a score is what it is: a rule that was met, and its points. */
export interface RiskReason<Rule extends string> {
  readonly rule: Rule;
  readonly points: number;
}

/** From 0 (nothing speaks against the person) to 100, with what made it. */
export interface RiskScore<Rule extends string> {
  readonly score: number;
  readonly reasons: readonly RiskReason<Rule>[];
}

/** Adds up the points of the rules that are met; a rule of 0 points is switched off and no reason. */
export function sumRisk<Rule extends string>(
  rules: readonly { readonly rule: Rule; readonly isMet: boolean; readonly points: number }[],
): RiskScore<Rule> {
  const reasons = rules
    .filter(({ isMet, points }) => isMet && points !== 0)
    .map(({ rule, points }) => ({ rule, points }));
  const sum = reasons.reduce((total, { points }) => total + points, 0);
  return { score: Math.min(100, Math.max(0, Math.round(sum))), reasons };
}
