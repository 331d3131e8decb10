import { createHmac } from 'node:crypto';

/** Who came, as far as a request tells. */
export interface VisitorTraits {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly domainId: string;
}

/**
 * First 16 hex digits of a keyed hash of address, user agent and domain: the same browser on the same network is the
 * same visitor of one site, and of no other site. Null without an address.
 */
export function buildVisitorId(salt: string, { ip, userAgent, domainId }: VisitorTraits): string | null {
  if (ip === null) return null;
  const traits = JSON.stringify(['visitor', domainId, ip, userAgent ?? '']);
  return createHmac('sha256', salt).update(traits).digest('hex').slice(0, 16);
}
