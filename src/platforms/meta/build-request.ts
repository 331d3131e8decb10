import { type Conversion, type ConversionName, NO_MATCH_KEYS } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { buildDecimal, type Money } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import { refuseChange } from '../changes.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import { days } from '../windows.ts';
import type { MetaCredentials, MetaSettings } from './settings.ts';
import { buildUserData, hasStrongKey } from './user-data.ts';

type MetaAccount = Account<MetaCredentials, MetaSettings>;

const VERSION = 'v26.0';
const PARTNER_AGENT = 'rastro';

/** Meta takes website events of the last 7 days; a minute is kept for the way there, since one old event sinks a batch. */
const ACCEPTANCE_MS = days(7) - 60_000;

/** What happened in a shop may be told 62 days later. */
const SHOP_ACCEPTANCE_MS = days(62) - 60_000;

const EVENT_NAMES: Readonly<Record<Exclude<ConversionName, 'won'>, string>> = {
  page_view: 'PageView',
  view_content: 'ViewContent',
  initiate_checkout: 'InitiateCheckout',
  purchase: 'Purchase',
};

/** One server event, or in plain words why Meta would refuse it: one refused event sinks its whole request. */
export function buildEvent(conversion: Conversion, account: MetaAccount, now: number): PlatformEvent | Skip {
  const eventName = buildEventName(conversion.name, account.settings);
  const userData = buildUserData(conversion.match);
  const actionSource = chooseActionSource(conversion, account.settings);
  const candidate = { conversion, eventName, actionSource, now };
  const refusal = findRefusal(candidate) ?? (hasStrongKey(userData) ? null : NO_KEYS);
  if (refusal) return { kind: 'skip', reason: refusal };
  const customData = buildCustomData(conversion);
  return {
    event_name: eventName,
    // A clock a little ahead of Meta's would make the event one of the future, which is refused.
    event_time: Math.floor(Math.min(conversion.occurredAt.getTime(), now) / 1000),
    event_id: conversion.eventId,
    action_source: actionSource,
    ...(conversion.sourceUrl ? { event_source_url: conversion.sourceUrl } : {}),
    ...(conversion.referrerUrl ? { referrer_url: conversion.referrerUrl } : {}),
    user_data: userData,
    ...(Object.keys(customData).length > 0 ? { custom_data: customData } : {}),
  };
}

const NO_KEYS = 'no identifier: nothing known of the person is enough for Meta to match';

interface Candidate {
  readonly conversion: Conversion;
  readonly eventName: string;
  readonly actionSource: ActionSource;
  readonly now: number;
}

function findRefusal({ conversion, eventName, actionSource, now }: Candidate): string | null {
  const age = now - conversion.occurredAt.getTime();
  const common = findCommonRefusal(conversion, now);
  if (common) return common;
  if (age > buildAcceptanceMs(actionSource)) {
    return actionSource === 'physical_store'
      ? 'too old: Meta takes shop events of the last 62 days'
      : 'too old: Meta takes events of the last 7 days';
  }
  const change = refuseChange('Meta', conversion.action);
  if (change) return change;
  if (actionSource === 'website' && !conversion.sourceUrl)
    return 'no page address: Meta asks for one with website events';
  if (actionSource === 'website' && !conversion.match.userAgent)
    return 'no user agent: Meta asks for one with website events';
  if (eventName === 'Purchase' && !conversion.value) return 'no value: Meta asks for one with Purchase';
  return null;
}

/** Where Meta is told that it happened. */
export type ActionSource = NonNullable<MetaSettings['action_source']> | 'website';

/** How long after it happened Meta takes an event of this source, in ms. */
export function buildAcceptanceMs(source: ActionSource): number {
  return source === 'physical_store' ? SHOP_ACCEPTANCE_MS : ACCEPTANCE_MS;
}

/** A lead that came without a page or a browser (a file, a CRM) cannot be told as an event of a website. */
function chooseActionSource({ name, sourceUrl, match }: Conversion, settings: MetaSettings): ActionSource {
  if (name !== 'won') return 'website';
  if (settings.action_source) return settings.action_source;
  return sourceUrl && match.userAgent ? 'website' : 'system_generated';
}

function buildEventName(name: ConversionName, settings: MetaSettings): string {
  return name === 'won' ? (settings.event_name ?? 'Purchase') : EVENT_NAMES[name];
}

function buildCustomData(conversion: Conversion): PlatformEvent {
  const { value, items, orderId } = conversion;
  const names = items.map((item) => item.name).join(', ');
  return {
    ...(value ? { value: buildAmount(value), currency: value.currency } : {}),
    ...(items.length > 0
      ? {
          content_ids: items.map((item) => item.id),
          contents: items.map((item) => ({
            id: item.id,
            quantity: item.quantity,
            item_price: buildAmount(item.unitPrice),
          })),
          content_type: 'product',
          content_name: names,
        }
      : {}),
    ...(orderId ? { order_id: orderId } : {}),
  };
}

/** The JSON number that prints as the decimal string: 1990 cents -> 19.9. Meta wants a number, never a string. */
function buildAmount(money: Money): number {
  return Number(buildDecimal(money.cents));
}

/** The whole request: one POST for all events, the token in a header because addresses end up in logs. */
export function buildRequest(events: readonly PlatformEvent[], account: MetaAccount): HttpRequest {
  const { pixel_id: pixelId, test_event_code: testEventCode } = account.settings;
  return {
    method: 'POST',
    url: `${account.baseUrl}/${VERSION}/${pixelId}/events`,
    headers: {
      authorization: `Bearer ${account.credentials.access_token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({
      data: events,
      ...(testEventCode ? { test_event_code: testEventCode } : {}),
      partner_agent: PARTNER_AGENT,
    }),
  };
}

/** A custom event that no campaign optimises for: with a test event code it shows under "Test events" at once. */
export function buildTestRequest(account: MetaAccount, now: number): HttpRequest {
  const eventTime = Math.floor(now / 1000);
  const event = {
    event_name: 'RastroTest',
    event_time: eventTime,
    event_id: `test_${eventTime}`,
    action_source: 'website',
    event_source_url: 'https://example.com/rastro-test',
    user_data: buildUserData(TEST_PERSON),
  };
  return buildRequest([event], account);
}

const TEST_PERSON: Conversion['match'] = {
  ...NO_MATCH_KEYS,
  email: 'test@example.com',
  externalIds: ['rastro-test'],
  userAgent: 'Rastro test event',
};
