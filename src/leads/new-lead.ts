import type { Consent } from '../domain/conversion.ts';

/** A lead as it came: texts as typed, nothing checked but their type. */
export interface NewLead {
  /** The same id is the same lead, however often it is told. */
  readonly leadId: string;
  readonly workspaceId: string;
  /** Null for a lead of no site. */
  readonly domainId: string | null;
  /** May be of a session that is not known yet: see `joinLeads`. */
  readonly sessionId: string | null;
  readonly pageId?: string | null;
  readonly externalId?: string | null;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly company?: string | null;
  readonly message?: string | null;
  readonly formLocation?: string | null;
  /** JSON objects of the site's own. */
  readonly extensions?: unknown;
  readonly metadata?: unknown;
  readonly consentAds: Consent;
  readonly clientIp?: string | null;
  readonly userAgent?: string | null;
  /** Of the address: ISO 3166-1 alpha-2. */
  readonly country?: string | null;
  /** The address's network rents out servers. */
  readonly isDatacenter?: boolean | null;
  /** When the form was sent; its month's partition must be there (`ensure_month_partitions`). */
  readonly createdAt: Date;
  /** Nobody knows when it was left: then it is of before any erasure of its person. */
  readonly isUndated?: boolean;
}

/** Why a value was kept out; never holds the value. */
export interface LeadProblem {
  readonly field: string;
  readonly message: string;
}

/** What became of a lead. */
export interface SavedLead {
  /** As given, but for an id that another workspace's lead has: then one worked out from both. */
  readonly leadId: string;
  /** `known` = it was there already and nothing changed; `erased` = its person was erased later than that. */
  readonly kind: 'saved' | 'known' | 'erased';
  /** The first lead of the same e-mail or phone in the domain, if this is not it. */
  readonly duplicateOf: string | null;
  readonly problems: readonly LeadProblem[];
}

/** A session that a lead came from: it has converted, which the room that owns sessions records. */
export interface ConvertedSession {
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly leadId: string;
  readonly convertedAt: Date;
}
