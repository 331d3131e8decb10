import type { PlatformDefinition, PlatformEvent } from '../platform.ts';
import { redactAddress, redactText } from '../redact.ts';
import { days } from '../windows.ts';
import { buildEvent, buildRequest, buildTestRequest } from './build-request.ts';
import { readResponse } from './read-response.ts';
import {
  type UtmifyCredentials,
  type UtmifySettings,
  utmifyCredentials,
  utmifySettings,
} from './settings.ts';

/** Orders of the last 7 days, refunds of the last 45; sending older ones may get the account blocked. */
const ORDER_DAYS = 7;
const REFUND_DAYS = 45;

/** UTMify: the shop's own dashboard of sales by campaign. */
export const utmify: PlatformDefinition<UtmifyCredentials, UtmifySettings> = {
  id: 'utmify',
  name: 'UTMify',
  clickIds: [],
  takes: ['initiate_checkout', 'purchase', 'won'],
  credentials: utmifyCredentials,
  settings: utmifySettings,
  base: 'UTMIFY_URL',
  limits: { maxEvents: 1, maxBytes: 200_000 },
  windows: ({ action }) => ({
    acceptanceMs: days(action === 'retract' ? REFUND_DAYS : ORDER_DAYS) - 60_000,
    acceptanceFrom: 'event',
    lookbackMs: null,
  }),
  buildEvent,
  buildRequest,
  readResponse,
  redact: (event) => ({ ...event, customer: redactCustomer(event.customer) }),
  buildTestRequest,
};

const IN_CLEAR = ['name', 'email', 'phone'];

function redactCustomer(customer: unknown): PlatformEvent {
  const entries = Object.entries(customer ?? {}).map(([key, value]) => {
    if (typeof value !== 'string') return [key, value];
    if (key === 'ip') return [key, redactAddress(value)];
    return [key, IN_CLEAR.includes(key) ? redactText(value) : value];
  });
  return Object.fromEntries(entries) as PlatformEvent;
}
