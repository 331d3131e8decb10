import type { PlatformDefinition } from '../platform.ts';
import { redactText } from '../redact.ts';
import { days } from '../windows.ts';
import { buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse } from './read-response.ts';
import {
  type LinkedinCredentials,
  type LinkedinSettings,
  linkedinCredentials,
  linkedinSettings,
} from './settings.ts';
import { findVersionExpiry } from './version.ts';

const WINDOW_DAYS = 90;

/** LinkedIn Conversions API. */
export const linkedin: PlatformDefinition<LinkedinCredentials, LinkedinSettings> = {
  id: 'linkedin',
  name: 'LinkedIn',
  clickIds: ['liFatId'],
  takes: ['purchase', 'won'],
  credentials: linkedinCredentials,
  settings: linkedinSettings,
  base: 'LINKEDIN_API_URL',
  // 5,000 are taken; a thousand keeps a request and its answer at a sensible size.
  limits: { maxEvents: 1000, maxBytes: 900_000 },
  windows: (_told, settings) => ({
    acceptanceMs: days(WINDOW_DAYS) - 60_000,
    acceptanceFrom: 'event',
    lookbackMs: days(settings?.lookback_days ?? WINDOW_DAYS),
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, user: redactUser(event.user) }),
  buildTestRequest,
  findExpiry: (settings) => findVersionExpiry(settings.version),
};

/** LinkedIn takes names in clear: the log does not. */
function redactUser(user: unknown): unknown {
  if (typeof user !== 'object' || user === null || !('userInfo' in user)) return user;
  const info = Object.entries(user.userInfo ?? {}).map(([key, value]) => {
    return [key, key === 'countryCode' ? value : redactText(String(value))];
  });
  return { ...user, userInfo: Object.fromEntries(info) as unknown };
}
