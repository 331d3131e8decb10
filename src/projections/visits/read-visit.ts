import type { CollectItem } from '../../domain/collect.ts';
import type { CollectFact } from '../../domain/facts.ts';
import { isId } from '../../domain/ids.ts';
import { buildIpHash, readIp } from '../../domain/ip-hash.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import type { VisitTraits } from '../../domain/visit.ts';
import { buildVisitorId } from '../../domain/visitor-id.ts';
import { findBotReasons } from '../bot-reasons.ts';

/** One request of a site, worked out as far as that needs no database. */
export interface Visit {
  readonly workspaceId: string;
  readonly domainId: string;
  /** As posted; a session of another domain with the same id makes it another one. */
  readonly sessionId: string;
  readonly clientIp: string | null;
  readonly ipHash: string | null;
  readonly userAgent: string | null;
  readonly traits: VisitTraits;
  readonly items: readonly CollectItem[];
}

/** Works out who sent a request. Pure. */
export function buildVisit(fact: CollectFact, ipHashSalt: string): Visit {
  const { workspaceId, domainId, sessionId, items } = fact;
  const userAgent = fact.userAgent === null ? null : buildStorableText(fact.userAgent, 1000) || null;
  const clientIp = readIp(fact.ip);
  return {
    workspaceId,
    domainId,
    sessionId,
    clientIp,
    ipHash: buildIpHash(ipHashSalt, clientIp),
    userAgent,
    traits: {
      visitorId: buildVisitorId(ipHashSalt, { ip: clientIp, userAgent, domainId }),
      postedVisitorId: fact.visitorId,
      isBot: fact.isSpam || findBotReasons(userAgent).length > 0,
    },
    items,
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a record of the log is a collected request that can be folded: ids and times, without which nothing can. */
export function isCollectFact(fields: Fields): fields is Fields & CollectFact {
  return (
    fields.kind === 'collect' &&
    isId(fields.workspaceId) &&
    isId(fields.domainId) &&
    typeof fields.sessionId === 'string' &&
    fields.sessionId !== '' &&
    fields.sessionId.length <= 200 &&
    Array.isArray(fields.items) &&
    fields.items.length > 0 &&
    fields.items.every(isItem)
  );
}

// As far from our own clock as a request may be, and then some.
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

function isItem(item: unknown): item is CollectItem {
  if (typeof item !== 'object' || item === null) return false;
  const { type, id, at, consent, eventType }: Fields = { ...item };
  const isKnown =
    type === 'page_view' || type === 'lead' || (type === 'event' && typeof eventType === 'string');
  return (
    isKnown &&
    isId(id) &&
    typeof at === 'number' &&
    Number.isInteger(at) &&
    at >= EARLIEST_MS &&
    at < LATEST_MS &&
    typeof consent === 'object' &&
    consent !== null
  );
}
