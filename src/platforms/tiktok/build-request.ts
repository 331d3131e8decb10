import { type Conversion, NO_MATCH_KEYS } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { buildDecimal, type Money } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import { refuseChange } from '../changes.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import type { TiktokCredentials, TiktokSettings } from './settings.ts';
import { buildUser, hasIdentifier } from './user.ts';

type TiktokAccount = Account<TiktokCredentials, TiktokSettings>;

const PARTNER = 'rastro';

/** One entry of `data`, or in plain words why there is none. */
export function buildEvent(
  conversion: Conversion,
  account: TiktokAccount,
  now: number,
): PlatformEvent | Skip {
  const refusal =
    findCommonRefusal(conversion, now) ??
    refuseChange('TikTok', conversion.action) ??
    (hasIdentifier(conversion.match) ? null : NO_IDENTIFIER);
  if (refusal) return { kind: 'skip', reason: refusal };
  const { settings } = account;
  const properties = buildProperties(conversion);
  const page = buildPage(conversion);
  return {
    event: settings.event_name ?? 'Purchase',
    event_time: Math.floor(Math.min(conversion.occurredAt.getTime(), now) / 1000),
    event_id: conversion.eventId,
    user: buildUser(conversion.match),
    ...(Object.keys(page).length > 0 ? { page } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(settings.event_source === 'crm' ? { lead: buildLead(conversion, settings) } : {}),
  };
}

const NO_IDENTIFIER = 'no identifier: no TikTok click id, e-mail, phone or visit is known';

function buildPage({ sourceUrl, referrerUrl }: Conversion): PlatformEvent {
  return {
    ...(sourceUrl ? { url: sourceUrl } : {}),
    ...(referrerUrl ? { referrer: referrerUrl } : {}),
  };
}

function buildLead({ leadId, eventId }: Conversion, settings: TiktokSettings): PlatformEvent {
  return { lead_id: leadId ?? eventId, lead_event_source: settings.lead_event_source ?? PARTNER };
}

function buildProperties({ value, items, orderId }: Conversion): PlatformEvent {
  const contents = items.map((item) => ({
    price: buildAmount(item.unitPrice),
    quantity: item.quantity,
    // A number here refuses the whole request (40002).
    content_id: String(item.id),
    content_name: item.name,
  }));
  return {
    ...(contents.length > 0 ? { contents, content_type: 'product' } : {}),
    ...(value ? { currency: value.currency, value: buildAmount(value) } : {}),
    ...(orderId ? { order_id: orderId } : {}),
  };
}

const buildAmount = (money: Money): number => Number(buildDecimal(money.cents));

/** The whole request: one POST for all events. */
export function buildRequest(events: readonly PlatformEvent[], account: TiktokAccount): HttpRequest {
  const { settings, credentials, baseUrl } = account;
  return {
    method: 'POST',
    url: `${baseUrl}/open_api/v1.3/event/track/`,
    headers: {
      'access-token': credentials.access_token,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({
      event_source: settings.event_source ?? 'web',
      event_source_id: settings.pixel_code,
      partner_name: PARTNER,
      ...(settings.test_event_code ? { test_event_code: settings.test_event_code } : {}),
      data: events,
    }),
  };
}

/** A custom event that no campaign optimises for, of a made-up person. */
export function buildTestRequest(account: TiktokAccount, now: number): HttpRequest {
  const time = Math.floor(now / 1000);
  const user = buildUser({
    ...NO_MATCH_KEYS,
    email: 'rastro-test@example.com',
    externalIds: ['rastro-test'],
  });
  const lead = { lead_id: 'rastro-test', lead_event_source: PARTNER };
  const event = {
    event: 'RastroTest',
    event_time: time,
    event_id: `test_${time}`,
    user,
    page: { url: 'https://example.com/rastro-test' },
    ...(account.settings.event_source === 'crm' ? { lead } : {}),
  };
  return buildRequest([event], account);
}
