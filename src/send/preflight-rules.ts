import type { Conversion } from '../domain/conversion.ts';
import { readFbc } from '../domain/fbc.ts';

/** What a preflight looks at. */
export type PreflightCheck =
  | 'consent'
  | 'window'
  | 'identifier'
  | 'value'
  | 'currency'
  | 'fbc'
  | 'contact'
  | 'page'
  | 'suspicious'
  | 'event';

/** Something wrong with a conversion that is due, and what helps. */
export interface PreflightProblem {
  readonly check: PreflightCheck;
  /** Whether a platform is not told of it; a warning only makes it match or count less. */
  readonly isLost: boolean;
  readonly problem: string;
  readonly fix: string;
}

const FIXES: Readonly<Record<PreflightCheck, string>> = {
  consent:
    'Ask for consent on the page (consent API of the site script), or set the workspace’s default_consent where the law allows it.',
  window: 'Record sales sooner, or change lookback_days or acceptance_days in the destination’s settings.',
  identifier:
    'Put the site script on the landing page, so that click ids are kept, and ask for an e-mail or a phone with its country code.',
  value: 'Give stage_value with the stage won.',
  currency: 'Give the currency as three letters of ISO 4217 (BRL), or set the workspace’s.',
  fbc: 'Look at what writes the _fbc cookie: fb.1.<milliseconds of the click>.<fbclid>, as it came in the address.',
  contact: 'Ask for the e-mail, and for phones with country or area code; correct the lead in the CRM.',
  page: 'Put the site script on the landing page, so that page and browser are known.',
  suspicious:
    'Look at the rules that counted; change score_weights, or switch keep_suspicious_out off: it is sent then.',
  event: 'See the reason; the destination’s settings may have to be changed.',
};

const BEGINNINGS: readonly (readonly [RegExp, PreflightCheck])[] = [
  [/^consent/, 'consent'],
  [/^(?:out of window|too old|its time)/, 'window'],
  [/^no identifier/, 'identifier'],
  [/^no value/, 'value'],
  [/^wrong currency/, 'currency'],
  [/^suspicious:/, 'suspicious'],
  [/^no (?:page|user agent)/, 'page'],
];

/** The problem behind a builder's refusal. */
export function readRefusal(reason: string): PreflightProblem {
  const check = BEGINNINGS.find(([beginning]) => beginning.test(reason))?.[1] ?? 'event';
  return { check, isLost: true, problem: reason, fix: FIXES[check] };
}

const DAY_MS = 86_400_000;
const FBC_DAYS = 90;
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** What is wrong with a conversion whatever the platform; nothing personal is in the words. `now` in ms. */
export function listProblems(conversion: Conversion, now: number): readonly PreflightProblem[] {
  const { name, consent, value } = conversion;
  return [
    ...(consent === 'pending' ? [warn('consent', 'it waits for the person’s choice')] : []),
    ...(name === 'won' && !value
      ? [warn('value', 'the sale has no value: it counts as none in return on ads')]
      : []),
    ...listFbcProblems(conversion, now),
  ];
}

/** What a lead typed and could not be read, by field. */
export function listContactProblems(problems: unknown): readonly PreflightProblem[] {
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((one: unknown) => {
    const field = typeof one === 'object' && one !== null && 'field' in one ? String(one.field) : '';
    if (field !== 'email' && field !== 'phone') return [];
    return [warn('contact', `the lead’s ${field === 'email' ? 'e-mail' : 'phone'} cannot be read as one`)];
  });
}

function listFbcProblems({ match, occurredAt }: Conversion, now: number): readonly PreflightProblem[] {
  if (match.fbc === null) return [];
  const fbc = readFbc(match.fbc);
  if (fbc === null) return [warn('fbc', 'the fbc is malformed')];
  if (fbc.madeAt < 1e12) return [warn('fbc', 'the fbc’s time is in seconds: Meta wants milliseconds')];
  if (fbc.madeAt > Math.max(now, occurredAt.getTime()) + CLOCK_TOLERANCE_MS) {
    return [warn('fbc', 'the fbc’s time is in the future')];
  }
  const age = occurredAt.getTime() - fbc.madeAt;
  return age > FBC_DAYS * DAY_MS ? [warn('fbc', `the fbc is older than ${FBC_DAYS} days`)] : [];
}

const warn = (check: PreflightCheck, problem: string): PreflightProblem => ({
  check,
  isLost: false,
  problem,
  fix: FIXES[check],
});
