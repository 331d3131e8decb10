import { hashEmail } from '../../domain/contact-forms.ts';
import { type Conversion, type MatchKeys, NO_MATCH_KEYS } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { buildDecimal } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import { refuseChange } from '../changes.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import type { LinkedinCredentials, LinkedinSettings } from './settings.ts';
import { DEFAULT_VERSION } from './version.ts';

type LinkedinAccount = Account<LinkedinCredentials, LinkedinSettings>;

const RULE = 'urn:lla:llaPartnerConversion:';

/** One conversion event, or in plain words why there is none. */
export function buildEvent(
  conversion: Conversion,
  account: LinkedinAccount,
  now: number,
): PlatformEvent | Skip {
  const user = buildUser(conversion.match);
  const refusal =
    findCommonRefusal(conversion, now) ??
    refuseChange('LinkedIn', conversion.action) ??
    (user.userIds.length > 0 || user.userInfo ? null : NO_IDENTIFIER);
  if (refusal) return { kind: 'skip', reason: refusal };
  const { value } = conversion;
  return {
    conversion: buildRule(account.settings),
    conversionHappenedAt: Math.min(conversion.occurredAt.getTime(), now),
    ...(value ? { conversionValue: { currencyCode: value.currency, amount: buildAmount(value.cents) } } : {}),
    eventId: conversion.eventId,
    user,
  };
}

const NO_IDENTIFIER = 'no identifier: neither li_fat_id nor an e-mail nor a full name is known';

const buildRule = ({ conversion_id: id }: LinkedinSettings): string =>
  id.startsWith(RULE) ? id : `${RULE}${id}`;

/** A decimal string: `200`, `1234.50`. */
const buildAmount = (cents: number): string =>
  cents % 100 === 0 ? String(cents / 100) : buildDecimal(cents);

interface LinkedinUser {
  readonly userIds: readonly { readonly idType: string; readonly idValue: string }[];
  readonly userInfo?: PlatformEvent;
  readonly externalIds?: readonly string[];
}

/** LinkedIn takes names in clear and only both together; of our own ids it takes one. */
function buildUser(match: MatchKeys): LinkedinUser {
  const email = hashEmail(match.email);
  const { firstName, lastName, company, country, liFatId } = match;
  const [externalId] = match.externalIds;
  const userIds = [
    ...(email ? [{ idType: 'SHA256_EMAIL', idValue: email }] : []),
    ...(liFatId ? [{ idType: 'LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID', idValue: liFatId }] : []),
  ];
  const userInfo = {
    firstName,
    lastName,
    ...(company ? { companyName: company } : {}),
    ...(country ? { countryCode: country.toUpperCase() } : {}),
  };
  return {
    userIds,
    ...(firstName && lastName ? { userInfo } : {}),
    ...(externalId ? { externalIds: [externalId] } : {}),
  };
}

/** One event by itself, several as a batch. */
export function buildRequest(events: readonly PlatformEvent[], account: LinkedinAccount): HttpRequest {
  const [first] = events;
  const isSingle = events.length === 1;
  return {
    method: 'POST',
    url: `${account.baseUrl}/rest/conversionEvents`,
    headers: {
      authorization: `Bearer ${account.credentials.access_token}`,
      'linkedin-version': account.settings.version ?? DEFAULT_VERSION,
      'x-restli-protocol-version': '2.0.0',
      ...(isSingle ? {} : { 'x-restli-method': 'BATCH_CREATE' }),
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify(isSingle ? first : { elements: events }),
  };
}

/** An event without a value of a made-up person, whom LinkedIn can match to nobody: it counts for no campaign. */
export function buildTestRequest(account: LinkedinAccount, now: number): HttpRequest {
  const event = {
    conversion: buildRule(account.settings),
    conversionHappenedAt: now,
    eventId: `test_${now}`,
    user: buildUser({ ...NO_MATCH_KEYS, email: 'rastro-test@example.com' }),
  };
  return buildRequest([event], account);
}
