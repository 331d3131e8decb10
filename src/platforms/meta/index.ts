import type { PlatformDefinition, PlatformEvent } from '../platform.ts';
import { redactAddress } from '../redact.ts';
import { days } from '../windows.ts';
import { buildAcceptanceMs, buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse } from './read-response.ts';
import { type MetaCredentials, type MetaSettings, metaCredentials, metaSettings } from './settings.ts';

/** The longest window in which Meta attributes to a click. */
const LOOKBACK_DAYS = 28;

/** Meta Conversions API v26.0. */
export const meta: PlatformDefinition<MetaCredentials, MetaSettings> = {
  id: 'meta',
  name: 'Meta',
  clickIds: ['fbclid', 'fbc'],
  takes: ['page_view', 'view_content', 'initiate_checkout', 'purchase', 'won'],
  credentials: metaCredentials,
  settings: metaSettings,
  base: 'META_GRAPH_URL',
  // 1,000 events a request by the documentation; the size is what others have measured.
  limits: { maxEvents: 1000, maxBytes: 900_000 },
  windows: ({ name }, settings) => ({
    acceptanceMs: buildAcceptanceMs((name === 'won' && settings?.action_source) || 'website'),
    acceptanceFrom: 'event',
    lookbackMs: name === 'won' ? days(settings?.lookback_days ?? LOOKBACK_DAYS) : null,
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, user_data: withoutFullAddress(event.user_data) }),
  buildTestRequest,
};

function withoutFullAddress(userData: unknown): unknown {
  if (typeof userData !== 'object' || userData === null || !('client_ip_address' in userData))
    return userData;
  return {
    ...(userData as PlatformEvent),
    client_ip_address: redactAddress(String(userData.client_ip_address)),
  };
}
