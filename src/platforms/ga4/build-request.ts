import type { Conversion } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { buildDecimal, type Money } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import { refuseChange } from '../changes.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import { cutValue, findProblem } from './find-problem.ts';
import type { Ga4Credentials, Ga4Settings } from './settings.ts';

type Ga4Account = Account<Ga4Credentials, Ga4Settings>;

/** Events older than 72 hours are dropped without a word. */
export const ACCEPTANCE_MS = 72 * 3_600_000 - 60_000;

const PURCHASE = 'purchase';
const REFUND = 'refund';

/** Of a browser: two numbers from its `_ga` cookie. Shown to be well formed, not to exist. */
const CLIENT_ID = /^\d{1,20}\.\d{1,20}$/;

const TOO_OLD = 'too old: Google Analytics takes events of the last 72 hours';

/** One request's body, since each speaks of one browser; or in plain words why there is none. */
export function buildEvent(conversion: Conversion, account: Ga4Account, now: number): PlatformEvent | Skip {
  const name = account.settings.event_name ?? PURCHASE;
  const params = buildParams(conversion);
  const isRefund = conversion.action === 'retract';
  const at = isRefund ? (conversion.changedAt ?? conversion.occurredAt) : conversion.occurredAt;
  const refusal =
    findCommonRefusal(conversion, now) ??
    findChangeRefusal(conversion, name) ??
    findClientRefusal(conversion);
  const age = now - at.getTime() > ACCEPTANCE_MS ? TOO_OLD : null;
  const problem = refusal ?? age ?? findProblem(params);
  if (problem) return { kind: 'skip', reason: problem };
  return {
    client_id: conversion.match.gaClientId,
    timestamp_micros: Math.min(at.getTime(), now) * 1000,
    consent: { ad_user_data: 'GRANTED', ad_personalization: 'GRANTED' },
    events: [{ name: isRefund ? REFUND : name, params }],
  };
}

/** A purchase can be refunded; nothing else can be changed afterwards. */
function findChangeRefusal({ action }: Conversion, name: string): string | null {
  return action === 'retract' && name === PURCHASE ? null : refuseChange('Google Analytics', action);
}

function findClientRefusal({ match }: Conversion): string | null {
  if (!match.gaClientId) return 'no identifier: the browser’s _ga cookie is not known';
  return CLIENT_ID.test(match.gaClientId)
    ? null
    : 'no identifier: the client id of the _ga cookie is malformed';
}

function buildParams({ eventId, value, items }: Conversion): PlatformEvent {
  return {
    transaction_id: cutValue(eventId),
    ...(value ? { currency: value.currency, value: buildAmount(value) } : {}),
    ...(items.length > 0
      ? {
          items: items.map((item) => ({
            item_id: cutValue(item.id),
            item_name: cutValue(item.name),
            price: buildAmount(item.unitPrice),
            quantity: item.quantity,
          })),
        }
      : {}),
    // Without a time the event is in no report of sessions.
    engagement_time_msec: 1,
  };
}

const buildAmount = (money: Money): number => Number(buildDecimal(money.cents));

/** One POST for one browser; the secret stands in the address, as Google wants it, and is cut out of everything kept. */
export function buildRequest(events: readonly PlatformEvent[], account: Ga4Account): HttpRequest {
  return buildCollect('/mp/collect', events[0] ?? {}, account);
}

/** An event of its own name for the endpoint that checks and records nothing. */
export function buildTestRequest(account: Ga4Account, now: number): HttpRequest {
  const event = { name: 'rastro_test', params: { engagement_time_msec: 1 } };
  const body = { client_id: '1.1', timestamp_micros: now * 1000, events: [event] };
  return buildCollect('/debug/mp/collect', body, account);
}

function buildCollect(path: string, body: PlatformEvent, account: Ga4Account): HttpRequest {
  const query = new URLSearchParams({
    measurement_id: account.settings.measurement_id,
    api_secret: account.credentials.api_secret,
  });
  return {
    method: 'POST',
    url: `${account.baseUrl}${path}?${query.toString()}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  };
}
