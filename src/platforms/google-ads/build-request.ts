import { type Conversion, type MatchKeys, NO_MATCH_KEYS } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { buildDecimal, type Money } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import type { GoogleCredentials, GoogleSettings } from './settings.ts';
import { buildUserIdentifiers } from './user-data.ts';

type GoogleAccount = Account<GoogleCredentials, GoogleSettings>;

/** Google must not be sent the address of a person in these countries (EEA, United Kingdom, Switzerland). */
const NO_ADDRESS = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO GB CH'.split(
    ' ',
  ),
);

/** One event of the Data Manager, or in plain words why there is none. */
export function buildEvent(
  conversion: Conversion,
  _account: GoogleAccount,
  now: number,
): PlatformEvent | Skip {
  const adIdentifiers = buildAdIdentifiers(conversion.match);
  const userIdentifiers = buildUserIdentifiers(conversion.match);
  const isUnknown = !hasClickId(conversion.match) && userIdentifiers.length === 0;
  const refusal = findCommonRefusal(conversion, now) ?? (isUnknown ? NO_IDENTIFIER : null);
  if (refusal) return { kind: 'skip', reason: refusal };
  const { changedAt } = conversion;
  return {
    transactionId: conversion.eventId,
    eventTimestamp: new Date(Math.min(conversion.occurredAt.getTime(), now)).toISOString(),
    ...(changedAt && conversion.action !== 'send' ? { lastUpdatedTimestamp: changedAt.toISOString() } : {}),
    eventSource: 'WEB',
    ...(Object.keys(adIdentifiers).length > 0 ? { adIdentifiers } : {}),
    ...buildValue(conversion),
    ...(userIdentifiers.length > 0 ? { userData: { userIdentifiers } } : {}),
  };
}

const NO_IDENTIFIER = 'no identifier: neither a Google click id nor an e-mail or phone is known';

const hasClickId = (match: MatchKeys): boolean => Boolean(match.gclid ?? match.gbraid ?? match.wbraid);

/** Exactly one click id, the most exact there is; the device goes along with it only. */
function buildAdIdentifiers(match: MatchKeys): PlatformEvent {
  const { gclid, gbraid, wbraid } = match;
  const device = buildDevice(match);
  if (gclid) return { gclid, ...device };
  if (gbraid) return { gbraid, ...device };
  return wbraid ? { wbraid, ...device } : {};
}

/** The address is left out wherever the country is one of those, or is not known. */
function buildDevice({ clientIp, userAgent, country }: MatchKeys): PlatformEvent {
  const mayTellAddress = country !== null && !NO_ADDRESS.has(country.toUpperCase());
  const device = {
    ...(userAgent ? { userAgent } : {}),
    ...(clientIp && mayTellAddress ? { ipAddress: clientIp } : {}),
  };
  return Object.keys(device).length > 0 ? { landingPageDeviceInfo: device } : {};
}

/**
 * The Data Manager has no retraction: the same transaction id with another value restates the conversion, so one that
 * came to nothing is restated to nothing.
 */
function buildValue({ action, value }: Conversion): PlatformEvent {
  if (!value) return {};
  const told: Money = action === 'retract' ? { ...value, cents: 0 } : value;
  return { currency: told.currency, conversionValue: Number(buildDecimal(told.cents)) };
}

/** One POST for one event: the later answer counts events and does not name them. */
export function buildRequest(events: readonly PlatformEvent[], account: GoogleAccount): HttpRequest {
  return buildIngest(events, account, false);
}

/** An event with a made-up person that Google only checks: `validateOnly`. */
export function buildTestRequest(account: GoogleAccount, now: number): HttpRequest {
  const userIdentifiers = buildUserIdentifiers({ ...NO_MATCH_KEYS, email: 'rastro-test@example.com' });
  const eventTimestamp = new Date(now).toISOString();
  const event = {
    transactionId: `test_${now}`,
    eventTimestamp,
    eventSource: 'WEB',
    currency: 'BRL',
    conversionValue: 1,
    userData: { userIdentifiers },
  };
  return buildIngest([event], account, true);
}

function buildIngest(
  events: readonly PlatformEvent[],
  account: GoogleAccount,
  validateOnly: boolean,
): HttpRequest {
  return {
    method: 'POST',
    url: `${account.baseUrl}/v1/events:ingest`,
    headers: { ...buildAuthorization(account), 'content-type': 'application/json' },
    body: JSON.stringify({
      destinations: [buildDestination(account.settings)],
      events,
      consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
      encoding: 'HEX',
      ...(validateOnly ? { validateOnly } : {}),
    }),
  };
}

function buildDestination(settings: GoogleSettings): PlatformEvent {
  const { login_customer_id: login } = settings;
  return {
    operatingAccount: buildAccount(settings.customer_id),
    ...(login ? { loginAccount: buildAccount(login) } : {}),
    productDestinationId: settings.conversion_action_id,
  };
}

const buildAccount = (id: string) => ({ accountType: 'GOOGLE_ADS', accountId: id.replaceAll('-', '') });

const buildAuthorization = (account: GoogleAccount) => ({
  authorization: `Bearer ${account.accessToken ?? ''}`,
  accept: 'application/json',
});

/** Asks what became of a request. */
export function buildStatusRequest(requestId: string, account: GoogleAccount): HttpRequest {
  return {
    method: 'GET',
    url: `${account.baseUrl}/v1/requestStatus:retrieve?requestId=${encodeURIComponent(requestId)}`,
    headers: buildAuthorization(account),
    body: null,
  };
}

/** Asks for an access token by the refresh token. */
export function buildTokenRequest(credentials: GoogleCredentials, baseUrl: string): HttpRequest {
  return {
    method: 'POST',
    url: `${baseUrl}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ ...credentials, grant_type: 'refresh_token' }).toString(),
  };
}
