import { hash, timingSafeEqual } from 'node:crypto';
import type { UncountedReason } from '../domain/facts.ts';
import { findDeclaredReason } from '../io/user-agent/declared-bot.ts';
import type { Gate } from '../settings/types.ts';
import { findQueryValue, readQueryValue } from './query-value.ts';

/** ISO 3166-1 alpha-2 of an address, null if unknown; the whole capability is null where there is no geo data. */
export type GeoCountry = (ip: string) => string | null;

/** Whether an address belongs to a network of rented servers; false where that is not known. */
export type DatacenterQuestion = (ip: string) => boolean;

/** What the gate knows of addresses; null where there is no geo data. */
export interface GateGeo {
  readonly country: GeoCountry | null;
  readonly isDatacenter: DatacenterQuestion | null;
}

/** What the gate looks at. */
export interface GateVisit {
  readonly query: string;
  readonly userAgent: string | null;
  readonly ip: string | null;
  /** Names itself as an ad reviewer or a link preview. */
  readonly isCrawler: boolean;
}

/** Why the gate refuses. */
export type GateRefusal = Extract<UncountedReason, `gate_${string}`>;

/**
 * Asks the gate of a pool; null = pass. Everybody needs the link key. Known ad reviewers need nothing else, so that
 * whoever follows the ad's own link sees what people see. The rules of country and data centre ask only where the
 * address is known: without geo data they refuse nobody.
 */
export function checkGate(gate: Gate, visit: GateVisit, geo: GateGeo): GateRefusal | null {
  if (gate.linkKey !== null && !hasLinkKey(visit.query, gate.linkKey)) return 'gate_link_key';
  if (visit.isCrawler) return null;
  if (gate.blockBots && findDeclaredReason(visit.userAgent) !== null) return 'gate_tool';
  if (visit.ip === null) return null;
  if (gate.blockDatacenters && geo.isDatacenter?.(visit.ip)) return 'gate_datacenter';
  return isForeign(gate, visit.ip, geo.country) ? 'gate_country' : null;
}

function hasLinkKey(query: string, linkKey: string): boolean {
  const given = findQueryValue(query, 'grim');
  // Digests are of one length, so the comparison tells nothing of the key, not even how long it is.
  return given !== null && timingSafeEqual(digest(readQueryValue(given)), digest(linkKey));
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

function isForeign(gate: Gate, ip: string, geoCountry: GeoCountry | null): boolean {
  if (gate.allowedCountries.length === 0 || geoCountry === null) return false;
  const country = geoCountry(ip);
  return country !== null && !gate.allowedCountries.includes(country);
}
