import type { PlatformDefinition } from '../platform.ts';
import { days } from '../windows.ts';
import { buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse, readTestResponse } from './read-response.ts';
import { type Ga4Credentials, type Ga4Settings, ga4Credentials, ga4Settings } from './settings.ts';

const HOUR_MS = 3_600_000;

/** Events older than 72 hours are dropped without a word. */
const ACCEPTANCE_MS = 72 * HOUR_MS - 60_000;

/** The longest look-back of conversions in Google Analytics. */
const LOOKBACK_DAYS = 90;

/** Google Analytics 4 by the Measurement Protocol. */
export const ga4: PlatformDefinition<Ga4Credentials, Ga4Settings> = {
  id: 'ga4',
  name: 'Google Analytics',
  clickIds: ['gaClientId'],
  takes: ['purchase', 'won'],
  credentials: ga4Credentials,
  settings: ga4Settings,
  base: 'GA4_URL',
  limits: { maxEvents: 1, maxBytes: 130_000 },
  windows: (_told, settings) => ({
    acceptanceMs: ACCEPTANCE_MS,
    acceptanceFrom: 'event',
    lookbackMs: days(settings?.lookback_days ?? LOOKBACK_DAYS),
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => event,
  buildTestRequest,
  readTestResponse,
};
