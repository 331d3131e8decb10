import type { Consent } from './conversion.ts';
import type { ConsentFact } from './facts.ts';

/** A click's consent, and when the person chose it; null while nobody has. */
export interface ConsentState {
  readonly consent: Consent;
  readonly consentAt: Date | null;
}

/** Folds a person's choice into a click: the newest one holds, so that an older one told again changes nothing. */
export function foldConsent<C extends ConsentState>(state: C, fact: ConsentFact): C {
  if (state.consentAt !== null && fact.at < state.consentAt.getTime()) return state;
  return { ...state, consent: fact.ads, consentAt: new Date(fact.at) };
}
