import type { PlatformDefinition, PlatformEvent } from '../platform.ts';
import { ACCEPTANCE_MS, buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse } from './read-response.ts';
import { type MetaCredentials, type MetaSettings, metaCredentials, metaSettings } from './settings.ts';

/** Meta Conversions API v26.0. */
export const meta: PlatformDefinition<MetaCredentials, MetaSettings> = {
  id: 'meta',
  name: 'Meta',
  clickIds: ['fbclid', 'fbc'],
  credentials: metaCredentials,
  settings: metaSettings,
  base: 'META_GRAPH_URL',
  // 1,000 events a request by the documentation; the size is what others have measured.
  limits: { maxEvents: 1000, maxBytes: 900_000 },
  acceptanceMs: () => ACCEPTANCE_MS,
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, user_data: withoutFullAddress(event.user_data) }),
  buildTestRequest,
};

/** Keeps the network of the visitor's address, which tells whether one was sent, and not the address. */
function withoutFullAddress(userData: unknown): unknown {
  if (typeof userData !== 'object' || userData === null || !('client_ip_address' in userData))
    return userData;
  return {
    ...(userData as PlatformEvent),
    client_ip_address: buildNetwork(String(userData.client_ip_address)),
  };
}

function buildNetwork(ip: string): string {
  if (!ip.includes(':')) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  const [head = ''] = ip.split('::');
  return `${head.split(':').slice(0, 3).join(':')}::/48`;
}
