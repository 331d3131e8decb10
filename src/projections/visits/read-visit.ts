import type { CollectItem } from '../../domain/collect.ts';
import type { CollectFact } from '../../domain/facts.ts';
import { isId } from '../../domain/ids.ts';
import { buildIpHash, readIp } from '../../domain/ip-hash.ts';
import { buildStorableText } from '../../domain/storable-text.ts';
import type { VisitTraits } from '../../domain/visit.ts';
import { buildVisitorId } from '../../domain/visitor-id.ts';
import type { Enricher } from '../enrich.ts';
import { buildEvidence } from './visit-evidence.ts';

/** One request of a site, worked out as far as that needs no database. */
export interface Visit {
  readonly workspaceId: string;
  readonly domainId: string;
  /** As posted; a session of another domain with the same id makes it another one. */
  readonly sessionId: string;
  readonly clientIp: string | null;
  /** Null until the fold knows the salt of the moment; the visitor's id too. */
  readonly ipHash: string | null;
  readonly userAgent: string | null;
  /** Where the address is, and whether its network rents out servers. */
  readonly country: string | null;
  readonly isDatacenter: boolean | null;
  readonly traits: VisitTraits;
  readonly items: readonly CollectItem[];
}

/** Works out who sent a request. */
export function buildVisit(fact: CollectFact, enricher: Pick<Enricher, 'origin'>): Visit {
  const { workspaceId, domainId, sessionId, items } = fact;
  const userAgent = fact.userAgent === null ? null : buildStorableText(fact.userAgent, 1000) || null;
  const clientIp = readIp(fact.ip);
  const origin = enricher.origin(clientIp);
  const { isDatacenter } = origin;
  return {
    workspaceId,
    domainId,
    sessionId,
    clientIp,
    ipHash: null,
    userAgent,
    ...origin,
    traits: {
      visitorId: null,
      postedVisitorId: fact.visitorId,
      evidence: [buildEvidence(fact, { userAgent, isDatacenter })],
    },
    items,
  };
}

/** The same request with what a salt makes of its address. */
export function hashVisit(visit: Visit, salt: string): Visit {
  const { clientIp: ip, userAgent, domainId } = visit;
  const visitorId = buildVisitorId(salt, { ip, userAgent, domainId });
  return { ...visit, ipHash: buildIpHash(salt, ip), traits: { ...visit.traits, visitorId } };
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
