import type { Choice, CollectItem } from './collect.ts';
import { readFbc, readFbp } from './fbc.ts';

/** A browser's own ids, as far as a session has told them. */
export interface VisitCookies {
  readonly fbp: string | null;
  readonly fbc: string | null;
  readonly ttp: string | null;
  /** Google Analytics' client id: `1234567890.1700000000`. */
  readonly gaClientId: string | null;
}

/** What is known of a session beside its items. Times are ms since the epoch. */
export interface VisitState extends VisitCookies {
  readonly startedAt: number;
  readonly lastActivityAt: number;
  /** Of the earliest item. */
  readonly visitorId: string | null;
  /** What the site calls the visitor, of the earliest item too. */
  readonly postedVisitorId: string | null;
  readonly consentAds: Choice | 'pending';
  readonly consentAnalytics: Choice | 'pending';
  /** Of the newest item: the newest word holds. */
  readonly consentAt: number | null;
  /** Marked before its evidence was kept. */
  readonly isBot: boolean;
  /** It is one of too many of one visitor within a minute. */
  readonly isBurst: boolean;
  /** What its requests showed of whoever sent them (`buildEvidence`), each once and in order. */
  readonly evidence: readonly string[];
}

/** Requests of one session hardly differ: more of them tell nothing new. */
const MOST_EVIDENCE = 4;

/** What a request says of whoever sent it. */
export type VisitTraits = Pick<VisitState, 'visitorId' | 'postedVisitorId' | 'evidence'>;

/** What a request's item tells of its session. */
export function buildVisitState(item: CollectItem, traits: VisitTraits): VisitState {
  const seconds = item.type === 'page_view' ? (item.timeOnPage ?? 0) : 0;
  const { cookies } = item;
  return {
    startedAt: item.at,
    lastActivityAt: item.at + seconds * 1000,
    visitorId: traits.visitorId,
    postedVisitorId: traits.postedVisitorId,
    consentAds: item.consent.ads,
    consentAnalytics: item.consent.analytics,
    consentAt: item.at,
    isBot: false,
    isBurst: false,
    evidence: traits.evidence,
    fbp: readFbp(cookies?.fbp) === null ? null : (cookies?.fbp ?? null),
    fbc: readFbc(cookies?.fbc) === null ? null : (cookies?.fbc ?? null),
    ttp: cookies?.ttp && TTP.test(cookies.ttp) ? cookies.ttp : null,
    gaClientId: readGaClientId(cookies?.ga ?? null),
  };
}

const TTP = /^[\w.-]{1,100}$/;
const GA = /^(?:GA\d\.\d{1,2}\.)?(\d{1,20}\.\d{1,20})$/;

/** The client id in a `_ga` cookie: https://developers.google.com/analytics/devguides/collection/protocol/ga4 */
const readGaClientId = (cookie: string | null): string | null => GA.exec(cookie ?? '')?.[1] ?? null;

/** Folds what two requests, or two halves of a session, tell: the same in any order and however often. */
export function mergeVisits(a: VisitState, b: VisitState): VisitState {
  const first = compareStarts(a, b) <= 0 ? a : b;
  return {
    startedAt: first.startedAt,
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    visitorId: first.visitorId,
    postedVisitorId: first.postedVisitorId,
    ...mergeConsent(a, b),
    isBot: a.isBot || b.isBot,
    isBurst: a.isBurst || b.isBurst,
    evidence: mergeEvidence(a.evidence, b.evidence),
    fbp: prefer(a.fbp, b.fbp, (one, other) => madeAt(one, readFbp) - madeAt(other, readFbp)),
    fbc: prefer(a.fbc, b.fbc, (one, other) => madeAt(other, readFbc) - madeAt(one, readFbc)),
    ttp: prefer(a.ttp, b.ttp, () => 0),
    gaClientId: prefer(a.gaClientId, b.gaClientId, () => 0),
  };
}

/** The first few in their order, so that it never matters which came first. */
function mergeEvidence(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a === b || b.every((one) => a.includes(one))) return a;
  return [...new Set([...a, ...b])].sort().slice(0, MOST_EVIDENCE);
}

function compareStarts(a: VisitState, b: VisitState): number {
  return (
    a.startedAt - b.startedAt ||
    compareTexts(a.visitorId, b.visitorId) ||
    compareTexts(a.postedVisitorId, b.postedVisitorId)
  );
}

/** Of two words of the same moment, no holds. */
function mergeConsent(a: VisitState, b: VisitState) {
  const [older, newer] = (a.consentAt ?? -1) <= (b.consentAt ?? -1) ? [a, b] : [b, a];
  const isTie = a.consentAt === b.consentAt;
  const choose = (mine: VisitState['consentAds'], theirs: VisitState['consentAds']) =>
    isTie && (mine === 'denied' || theirs === 'denied') ? 'denied' : theirs;
  return {
    consentAds: choose(older.consentAds, newer.consentAds),
    consentAnalytics: choose(older.consentAnalytics, newer.consentAnalytics),
    consentAt: newer.consentAt,
  };
}

/** The one that comes first; of two that are equal the one that sorts first, so that order never matters. */
function prefer(
  a: string | null,
  b: string | null,
  compare: (a: string, b: string) => number,
): string | null {
  if (a === null || b === null) return a ?? b;
  return (compare(a, b) || compareTexts(a, b)) <= 0 ? a : b;
}

const madeAt = (cookie: string, read: typeof readFbc): number => read(cookie)?.madeAt ?? 0;

/** Null last. */
function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}
