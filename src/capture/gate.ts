import { hash, timingSafeEqual } from 'node:crypto';
import type { UncountedReason } from '../domain/facts.ts';
import type { Gate } from '../settings/types.ts';
import { isDeclaredTool } from './declared-tools.ts';
import { findQueryValue, readQueryValue } from './query-value.ts';

/** ISO 3166-1 alpha-2 of an address, null if unknown; the whole capability is null where there is no geo data. */
export type GeoCountry = (ip: string) => string | null;

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
 * whoever follows the ad's own link sees what people see. The country rule asks only where the country is known:
 * without geo data it refuses nobody.
 */
export function checkGate(gate: Gate, visit: GateVisit, geoCountry: GeoCountry | null): GateRefusal | null {
  if (gate.linkKey !== null && !hasLinkKey(visit.query, gate.linkKey)) return 'gate_link_key';
  if (visit.isCrawler) return null;
  if (gate.blockBots && isDeclaredTool(visit.userAgent)) return 'gate_tool';
  return isForeign(gate, visit.ip, geoCountry) ? 'gate_country' : null;
}

function hasLinkKey(query: string, linkKey: string): boolean {
  const given = findQueryValue(query, 'grim');
  // Digests are of one length, so the comparison tells nothing of the key, not even how long it is.
  return given !== null && timingSafeEqual(digest(readQueryValue(given)), digest(linkKey));
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

function isForeign(gate: Gate, ip: string | null, geoCountry: GeoCountry | null): boolean {
  if (gate.allowedCountries.length === 0 || geoCountry === null || ip === null) return false;
  const country = geoCountry(ip);
  return country !== null && !gate.allowedCountries.includes(country);
}
