import type { PlatformDefinition } from '../platform.ts';
import { days } from '../windows.ts';
import { ACCEPTANCE_MS, buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse, readTestResponse } from './read-response.ts';
import { type Ga4Credentials, type Ga4Settings, ga4Credentials, ga4Settings } from './settings.ts';

/** A refund is an event of its own, with its own time: it may come long after the sale. */
const REFUND_DAYS = 180;

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
  windows: ({ action }, settings) => ({
    acceptanceMs: action === 'retract' ? days(REFUND_DAYS) : ACCEPTANCE_MS,
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
