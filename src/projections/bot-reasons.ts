import { type BotClass, findBotClass } from '../domain/bot-class.ts';
import {
  type BotReason,
  type BotVerdict,
  type HardSign,
  judgeSigns,
  type SoftSign,
} from '../domain/bot-verdict.ts';
import { readBrands } from '../io/user-agent/client-hints.ts';
import { findDeclaredReason } from '../io/user-agent/declared-bot.ts';

/** What of a visitor tells whether a program is behind it. All of it is stored, so that it can be judged again. */
export interface BotEvidence {
  readonly userAgent: string | null;
  /** Client hints and Sec-Fetch-Mode, by lower-case header name. */
  readonly hints: Readonly<Record<string, string>>;
  readonly acceptLanguage: string | null;
  /** Whether the page was asked for over https: browsers send hints and Sec-Fetch only there. */
  readonly isSecure: boolean;
  readonly isDatacenter: boolean | null;
  /** Whether it is one of many alike from one address within a minute. */
  readonly isBurst: boolean;
}

/** Judges a visitor by everything that is known of it. Pure. */
export function judgeVisitor(evidence: BotEvidence): BotVerdict {
  const declared = findDeclaredReason(evidence.userAgent);
  const hard: HardSign[] = declared === null ? [] : [declared];
  if (/headless/i.test(evidence.hints['sec-ch-ua'] ?? '')) hard.push('headless_hint');
  if (evidence.isBurst) hard.push('burst');
  const soft = declared === null ? findSoftSigns(evidence) : [];
  return judgeSigns(hard, soft, () => classify(evidence.userAgent, hard));
}

/** Why a user agent alone is taken for a program's; empty for a person's. */
export function findBotReasons(userAgent: string | null): readonly BotReason[] {
  const reason = findDeclaredReason(userAgent);
  return reason === null ? [] : [reason];
}

function classify(userAgent: string | null, hard: readonly HardSign[]): BotClass {
  const [first] = hard;
  if (first === undefined) return 'disguised';
  if (first === 'headless_hint') return 'headless';
  return first === 'burst' ? 'burst' : findBotClass(userAgent?.slice(0, 1024) ?? '');
}

const CHROME_MAJOR = /Chrome\/(\d+)/;
/** Since this version Chrome tells Sec-Fetch and its hints. */
const TALKATIVE_CHROME = 90;
const HINTED_CHROMES = ['Chromium', 'Google Chrome'];

function findSoftSigns(evidence: BotEvidence): SoftSign[] {
  const { userAgent, hints, acceptLanguage, isSecure, isDatacenter } = evidence;
  const signs: SoftSign[] = [];
  if (acceptLanguage === null) signs.push('no_accept_language');
  if (isDatacenter === true) signs.push('datacenter');
  const chrome = Number(CHROME_MAJOR.exec(userAgent ?? '')?.[1] ?? 0);
  if (chrome < TALKATIVE_CHROME) return signs;
  if (isSecure && hints['sec-fetch-mode'] === undefined) signs.push('no_fetch_metadata');
  if (isDisagreeing(hints['sec-ch-ua'], chrome)) signs.push('hints_disagree');
  return signs;
}

function isDisagreeing(list: string | undefined, chrome: number): boolean {
  const brands = readBrands(list);
  const told = HINTED_CHROMES.map((brand) => brands.get(brand)).find((version) => version !== undefined);
  return told !== undefined && Number.parseInt(told, 10) !== chrome;
}
