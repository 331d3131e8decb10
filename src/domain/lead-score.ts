/** Points of each rule, before the workspace's own; a sum of 100 is a lead that everything speaks for. */
const POINTS = {
  email: 15,
  business_email: 20,
  disposable_email: -30,
  phone: 15,
  full_name: 5,
  company: 10,
  message: 5,
  paid_click: 10,
  campaign: 5,
  several_pages: 5,
  returning_visitor: 10,
  bot: -60,
} as const;

/** A rule of the score. */
export type ScoreRule = keyof typeof POINTS;

/** Every rule, in the order in which the reasons are told. */
export const SCORE_RULES = Object.keys(POINTS) as readonly ScoreRule[];

/** A workspace's own points by rule; 0 switches a rule off, absent ones keep theirs. */
export type ScoreWeights = { readonly [Rule in ScoreRule]?: number | undefined };

/** Why a lead has its score: a rule that applied, and its points. */
export interface ScoreReason {
  readonly rule: ScoreRule;
  readonly points: number;
}

/** What the form alone says of a lead. */
export interface LeadFacts {
  readonly hasEmail: boolean;
  readonly isBusinessEmail: boolean;
  readonly isDisposableEmail: boolean;
  readonly hasPhone: boolean;
  readonly name: string | null;
  readonly hasCompany: boolean;
  readonly message: string | null;
}

/** What the visit says of a lead, up to the moment of the form. */
export interface VisitFacts {
  readonly hasClickId: boolean;
  readonly hasCampaign: boolean;
  readonly pageViews: number;
  readonly returnVisits: number;
  readonly isBot: boolean;
}

const SEVERAL_PAGES = 3;
const REAL_MESSAGE = 20;
const VISIT_RULES: ReadonlySet<ScoreRule> = new Set([
  'paid_click',
  'campaign',
  'several_pages',
  'returning_visitor',
  'bot',
]);

/** The rules that the form meets. */
export function listLeadRules(facts: LeadFacts): ScoreRule[] {
  return pick([
    ['email', facts.hasEmail],
    ['business_email', facts.isBusinessEmail],
    ['disposable_email', facts.isDisposableEmail],
    ['phone', facts.hasPhone],
    ['full_name', /\p{L}\S*\s+\S*\p{L}/u.test(facts.name ?? '')],
    ['company', facts.hasCompany],
    ['message', (facts.message?.trim().length ?? 0) >= REAL_MESSAGE],
  ]);
}

/** The rules that the visit meets. */
export function listVisitRules(facts: VisitFacts): ScoreRule[] {
  return pick([
    ['paid_click', facts.hasClickId],
    ['campaign', facts.hasCampaign],
    ['several_pages', facts.pageViews >= SEVERAL_PAGES],
    ['returning_visitor', facts.returnVisits > 0],
    ['bot', facts.isBot],
  ]);
}

/** The rules of earlier reasons that the form met; the visit's are worked out anew at each join. */
export function keepLeadRules(reasons: readonly { readonly rule: string }[]): ScoreRule[] {
  return SCORE_RULES.filter((rule) => !VISIT_RULES.has(rule) && reasons.some((one) => one.rule === rule));
}

/** Adds the points up to a score from 0 to 100, with the reasons that made it. */
export function buildScore(
  rules: readonly ScoreRule[],
  weights: ScoreWeights,
): { readonly score: number; readonly reasons: readonly ScoreReason[] } {
  const reasons = SCORE_RULES.filter((rule) => rules.includes(rule)).map((rule) => ({
    rule,
    points: weights[rule] ?? POINTS[rule],
  }));
  const sum = reasons.reduce((total, { points }) => total + points, 0);
  return { score: Math.min(100, Math.max(0, Math.round(sum))), reasons };
}

const pick = (met: readonly (readonly [ScoreRule, boolean])[]): ScoreRule[] =>
  met.filter(([, isMet]) => isMet).map(([rule]) => rule);
