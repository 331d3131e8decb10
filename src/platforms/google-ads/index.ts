import type { PlatformDefinition, PlatformEvent } from '../platform.ts';
import { redactAddress } from '../redact.ts';
import { days } from '../windows.ts';
import {
  buildEvent,
  buildRequest,
  buildStatusRequest,
  buildTestRequest,
  buildTokenRequest,
} from './build-request.ts';
import { readResponse, readStatusResponse, readTestResponse, readTokenResponse } from './read-response.ts';
import {
  type GoogleCredentials,
  type GoogleSettings,
  googleCredentials,
  googleSettings,
} from './settings.ts';

const LOOKBACK_DAYS = 90;

/** Google Ads by the Data Manager API, the only way that is open to new accounts. */
export const googleAds: PlatformDefinition<GoogleCredentials, GoogleSettings> = {
  id: 'google_ads',
  name: 'Google Ads',
  clickIds: ['gclid', 'gbraid', 'wbraid'],
  takes: ['purchase', 'won'],
  credentials: googleCredentials,
  settings: googleSettings,
  base: 'GOOGLE_ADS_URL',
  // The later answer only counts: with one event a request it is known which one it is about.
  limits: { maxEvents: 1, maxBytes: 900_000 },
  token: { base: 'GOOGLE_OAUTH_URL', buildRequest: buildTokenRequest, readResponse: readTokenResponse },
  later: { buildRequest: buildStatusRequest, readResponse: readStatusResponse },
  windows: (_told, settings) => ({
    acceptanceMs: days(LOOKBACK_DAYS),
    acceptanceFrom: 'click',
    lookbackMs: days(settings?.lookback_days ?? LOOKBACK_DAYS),
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, ...redactIdentifiers(event.adIdentifiers) }),
  buildTestRequest,
  readTestResponse,
};

function redactIdentifiers(identifiers: unknown): PlatformEvent {
  if (typeof identifiers !== 'object' || identifiers === null) return {};
  const { landingPageDeviceInfo: device, ...others } = identifiers as Readonly<Record<string, unknown>>;
  if (typeof device !== 'object' || device === null || !('ipAddress' in device)) return {};
  const ipAddress = redactAddress(String(device.ipAddress));
  return { adIdentifiers: { ...others, landingPageDeviceInfo: { ...device, ipAddress } } };
}
