import type { Consent } from './conversion.ts';

/** What decides about consent before the person has said anything. */
export interface ConsentRules {
  readonly consentMode: 'assumed' | 'ask';
  /** The workspace's own default. */
  readonly defaultConsent: 'granted' | 'denied';
}

/**
 * The consent of a click when it comes. `assumed`: the workspace's default. `ask`: pending until the person
 * chooses, denied at once where the browser sends `Sec-GPC: 1` (the person may still say yes on the page).
 */
export function readFirstConsent(rules: ConsentRules, hasGpc: boolean): Consent {
  if (rules.consentMode === 'assumed') return rules.defaultConsent;
  return hasGpc ? 'denied' : 'pending';
}

/**
 * When Meta's parameter builder, which writes cookies, may run: `now`, `choice` = once the person says
 * yes, `never`. `always` is the operator's own word for a workspace that assumes consent is denied by default;
 * where people are asked, nobody's answer is anticipated.
 */
export function builderRule(
  rules: ConsentRules & { readonly parameterBuilder: 'consent' | 'always' | 'never' },
): 'now' | 'choice' | 'never' {
  if (rules.parameterBuilder === 'never') return 'never';
  if (rules.consentMode === 'ask') return 'choice';
  return rules.defaultConsent === 'granted' || rules.parameterBuilder === 'always' ? 'now' : 'never';
}
