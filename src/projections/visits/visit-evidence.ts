import type { BotClass } from '../../domain/bot-class.ts';
import type { BotReason } from '../../domain/bot-verdict.ts';
import type { CollectFact } from '../../domain/facts.ts';
import { readJsonObject } from '../../domain/http-message.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import type { VisitState } from '../../domain/visit.ts';
import { Memo } from '../../io/memo.ts';
import { judgeVisitor } from '../bot-reasons.ts';

/** Whether a visit is a program's, and by which rules. */
export interface VisitVerdict {
  readonly isBot: boolean;
  readonly reasons: readonly (BotReason | 'honeypot')[];
  readonly botClass: BotClass | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The hints by which visitors are judged; the others would only take room. */
const JUDGED_HINTS = ['sec-ch-ua', 'sec-fetch-mode'] as const;
const MAX_TEXT = 300;

/** What a request showed of whoever sent it, spelled so that the same is recognised. */
export function buildEvidence(
  fact: Pick<CollectFact, 'hints' | 'language' | 'isSecure' | 'isSpam'>,
  seen: { readonly userAgent: string | null; readonly isDatacenter: boolean | null },
): string {
  return spell({
    user_agent: seen.userAgent,
    hints: fact.hints,
    // Where nobody knows, it is no sign.
    language: fact.language === undefined ? '' : fact.language,
    is_secure: fact.isSecure,
    is_datacenter: seen.isDatacenter,
    is_spam: fact.isSpam,
  });
}

/** The evidence that a session's row holds. */
export function readEvidence(column: unknown): readonly string[] {
  const stored: readonly unknown[] = Array.isArray(column) ? column : [];
  return stored.map((one) => spell(typeof one === 'object' && one !== null ? { ...one } : {})).sort();
}

/** The evidence as the column holds it. */
export const buildEvidenceColumn = (evidence: readonly string[]): unknown[] =>
  evidence.map((text): unknown => JSON.parse(text));

/** In a fixed order: what comes back from the database has another one. */
function spell({ user_agent, hints, language, is_secure, is_datacenter, is_spam }: Fields): string {
  const told: Fields = typeof hints === 'object' && hints !== null ? { ...hints } : {};
  const kept = JUDGED_HINTS.flatMap((name) => {
    const value = told[name];
    return typeof value === 'string' ? [[name, buildStorableText(value, MAX_TEXT)]] : [];
  });
  return JSON.stringify({
    user_agent: typeof user_agent === 'string' ? user_agent : null,
    hints: Object.fromEntries(kept),
    language: typeof language === 'string' ? buildStorableText(language, MAX_TEXT) : null,
    is_secure: is_secure === true,
    is_datacenter: typeof is_datacenter === 'boolean' ? is_datacenter : null,
    is_spam: is_spam === true,
  });
}

const PERSON: VisitVerdict = { isBot: false, reasons: [], botClass: null };
/** Most visits of an hour show the same few things. */
const verdicts = new Memo<VisitVerdict>(5_000);

/** Judges a session by all that its requests showed. Pure. */
export function judgeSession({
  evidence,
  isBurst,
  isBot,
}: Pick<VisitState, 'evidence' | 'isBurst' | 'isBot'>): VisitVerdict {
  const all = evidence.map((text) => verdicts.get(text, () => judgeEvidence(text)));
  if (isBurst) all.push({ isBot: true, reasons: ['burst'], botClass: 'burst' });
  if (isBot) all.push({ isBot: true, reasons: [], botClass: 'other' });
  const found = all.filter((one) => one.isBot);
  if (found.length === 0) return PERSON;
  const reasons = [...new Set(found.flatMap((one) => one.reasons))];
  return { isBot: true, reasons, botClass: found[0]?.botClass ?? null };
}

function judgeEvidence(text: string): VisitVerdict {
  const fields: Fields = readJsonObject(text) ?? {};
  const { user_agent, hints, language, is_datacenter } = fields;
  const entries = typeof hints === 'object' && hints !== null ? Object.entries(hints) : [];
  const verdict = judgeVisitor({
    userAgent: typeof user_agent === 'string' ? user_agent : null,
    hints: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    acceptLanguage: typeof language === 'string' ? language : null,
    isSecure: fields.is_secure === true,
    isDatacenter: typeof is_datacenter === 'boolean' ? is_datacenter : null,
    isBurst: false,
  });
  if (fields.is_spam !== true) return verdict;
  return {
    isBot: true,
    reasons: ['honeypot', ...verdict.reasons],
    botClass: verdict.botClass ?? 'disguised',
  };
}
