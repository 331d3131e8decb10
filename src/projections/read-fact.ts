import type {
  ClickFact,
  ConsentFact,
  CookiesFact,
  ErasedFact,
  Fact,
  UncountedFact,
} from '../domain/facts.ts';
import { readJsonObject } from '../domain/http-message.ts';
import { isId, isTrackingToken } from '../domain/ids.ts';
import { isCollectFact } from './visits/read-visit.ts';

type Fields = Readonly<Record<string, unknown>>;

// Partitions are made for whatever month a record names: a broken clock must not make thousands of them.
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

const UNCOUNTED_REASONS: ReadonlySet<unknown> = new Set<UncountedFact['reason']>([
  'gate_link_key',
  'gate_country',
  'gate_datacenter',
  'gate_tool',
  'gate_rate',
  'rate_limit',
  'no_bot',
  'head',
  'prefetch',
  'crawler',
]);

/** Reads a record of the capture log; null if it is of a kind that this version does not know, or holds the impossible. */
export function readFact(json: string): Fact | null {
  const fields = readJsonObject(json);
  if (fields === null || !isInstant(fields.at)) return null;
  const fact: Fields = fields;
  if (isClick(fact)) return readClick(fact);
  if (isCookies(fact) || isConsent(fact) || isUncounted(fact) || isCollectFact(fact)) return fact;
  if (isMask(fact)) return fact;
  return null;
}

/** Whether a record is counted each time it is folded anew, unlike all those that have an id; as capture writes it. */
export const isCountedRecord = (json: string): boolean => json.startsWith('{"kind":"uncounted"');

function isInstant(at: unknown): at is number {
  return typeof at === 'number' && Number.isInteger(at) && at >= EARLIEST_MS && at < LATEST_MS;
}

function isClick(fields: Fields): fields is Fields & ClickFact {
  return (
    fields.kind === 'click' &&
    isTrackingToken(fields.token) &&
    [fields.workspaceId, fields.poolId, fields.botId].every(isId) &&
    (fields.mode === 'bridge' || fields.mode === 'direct') &&
    ['granted', 'denied', 'pending'].some((consent) => consent === fields.consent) &&
    typeof fields.url === 'string'
  );
}

// What only describes the visitor must not cost the click, whatever it looks like.
function readClick(fact: Fields & ClickFact): ClickFact {
  return {
    ...fact,
    fbp: readText(fact.fbp),
    fbc: readText(fact.fbc),
    fbi: readText(fact.fbi),
    ip: readText(fact.ip),
    userAgent: readText(fact.userAgent),
    referrer: readText(fact.referrer),
    language: readText(fact.language),
    hints: readTexts(fact.hints),
  };
}

function isCookies(fields: Fields): fields is Fields & CookiesFact {
  const texts = [fields.fbp, fields.fbc, fields.fbi, fields.pageType];
  return fields.kind === 'cookies' && isTrackingToken(fields.token) && texts.every(isTextOrNull);
}

function isConsent(fields: Fields): fields is Fields & ConsentFact {
  const isChoice = fields.ads === 'granted' || fields.ads === 'denied';
  return fields.kind === 'consent' && isTrackingToken(fields.token) && isChoice;
}

function isUncounted(fields: Fields): fields is Fields & UncountedFact {
  return (
    fields.kind === 'uncounted' &&
    isId(fields.workspaceId) &&
    isId(fields.poolId) &&
    UNCOUNTED_REASONS.has(fields.reason)
  );
}

const isMask = (fields: Fields): fields is Fields & ErasedFact => fields.kind === 'erased';

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function readTexts(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry) => typeof entry[1] === 'string'));
}
