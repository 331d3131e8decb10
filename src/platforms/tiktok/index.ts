import type { PlatformDefinition } from '../platform.ts';
import { redactAddress } from '../redact.ts';
import { days } from '../windows.ts';
import { buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse } from './read-response.ts';
import {
  type TiktokCredentials,
  type TiktokSettings,
  tiktokCredentials,
  tiktokSettings,
} from './settings.ts';

/** No limit is published; older events are said to be refused. */
const ACCEPTANCE_DAYS = 7;

/** The longest window in which TikTok attributes to a click. */
const LOOKBACK_DAYS = 28;

/** TikTok Events API 2.0 (v1.3). */
export const tiktok: PlatformDefinition<TiktokCredentials, TiktokSettings> = {
  id: 'tiktok',
  name: 'TikTok',
  clickIds: ['ttclid'],
  takes: ['purchase', 'won'],
  credentials: tiktokCredentials,
  settings: tiktokSettings,
  base: 'TIKTOK_API_URL',
  limits: { maxEvents: 1000, maxBytes: 900_000 },
  windows: (_told, settings) => ({
    acceptanceMs: days(settings?.acceptance_days ?? ACCEPTANCE_DAYS),
    acceptanceFrom: 'event',
    lookbackMs: days(settings?.lookback_days ?? LOOKBACK_DAYS),
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, user: redactUser(event.user) }),
  buildTestRequest,
};

function redactUser(user: unknown): unknown {
  if (typeof user !== 'object' || user === null || !('ip' in user)) return user;
  return { ...user, ip: redactAddress(String(user.ip)) };
}
