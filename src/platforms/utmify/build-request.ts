import { readE164 } from '../../domain/contact-forms.ts';
import type { Campaign, Conversion, ConversionOrder } from '../../domain/conversion.ts';
import type { HttpRequest } from '../../domain/http-message.ts';
import { readEmail } from '../../domain/identity.ts';
import type { Money } from '../../domain/money.ts';
import type { Skip } from '../../domain/outcome.ts';
import type { Account, PlatformEvent } from '../platform.ts';
import { findCommonRefusal } from '../refusals.ts';
import type { UtmifyCredentials, UtmifySettings } from './settings.ts';

type UtmifyAccount = Account<UtmifyCredentials, UtmifySettings>;

const PLATFORM = 'Rastro';
const CURRENCIES = new Set('BRL USD EUR GBP ARS CAD COP MXN PYG CLP PEN PLN'.split(' '));

/** What a won lead bought has no name here. */
const SALE = 'Venda';

type OrderStatus = 'waiting_payment' | 'paid' | 'refunded';

/** One order in its present state, or in plain words why there is none. https://docs.utmify.com.br/send-orders */
export function buildEvent(
  conversion: Conversion,
  account: UtmifyAccount,
  now: number,
): PlatformEvent | Skip {
  const { order, value } = conversion;
  const refusal = findCommonRefusal(conversion, now) ?? findOrderRefusal(conversion);
  if (refusal) return { kind: 'skip', reason: refusal };
  if (!order || !value) return { kind: 'skip', reason: 'no value: an order of UTMify has one' };
  const status = readStatus(conversion);
  return {
    orderId: order.id,
    platform: PLATFORM,
    paymentMethod: conversion.leadId === null ? 'pix' : (account.settings.payment_method ?? 'pix'),
    status,
    createdAt: buildTime(order.createdAt),
    approvedDate: status === 'waiting_payment' ? null : buildTime(order.paidAt ?? conversion.occurredAt),
    refundedAt:
      status === 'refunded' ? buildTime(order.refundedAt ?? conversion.changedAt ?? new Date(now)) : null,
    customer: buildCustomer(conversion, order),
    products: buildProducts(conversion, order, value),
    trackingParameters: buildTracking(conversion.campaign),
    commission: {
      totalPriceInCents: value.cents,
      gatewayFeeInCents: 0,
      userCommissionInCents: value.cents,
      currency: value.currency,
    },
    isTest: false,
  };
}

function readStatus({ name, action }: Conversion): OrderStatus {
  if (name === 'initiate_checkout') return 'waiting_payment';
  return action === 'retract' ? 'refunded' : 'paid';
}

/** A late word of an open charge must not open a paid order again. */
function findOrderRefusal({ name, order, value }: Conversion): string | null {
  if (name === 'initiate_checkout' && order?.paidAt)
    return 'already paid: the order of the payment says more';
  if (value && !CURRENCIES.has(value.currency))
    return `wrong currency: UTMify does not take ${value.currency}`;
  return null;
}

/** `YYYY-MM-DD HH:mm:ss`, UTC. */
const buildTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

/**
 * UTMify asks for name and e-mail of each buyer. A bot knows neither: the Telegram id stands for the name, and the
 * address is one of `.invalid`, which can be nobody's (RFC 2606).
 */
function buildCustomer({ match }: Conversion, order: ConversionOrder): PlatformEvent {
  const name = [match.firstName, match.lastName].filter((part) => part).join(' ');
  const email = match.email === null ? null : readEmail(match.email);
  const phone = match.phone === null ? null : readE164(match.phone);
  return {
    name: name || order.buyer,
    email: email ?? `${order.id.toLowerCase()}@buyer.invalid`,
    phone: phone === null ? null : phone.slice(1),
    document: null,
    ...(match.country ? { country: match.country.toUpperCase() } : {}),
    ...(match.clientIp ? { ip: match.clientIp } : {}),
  };
}

function buildProducts(
  { items }: Conversion,
  order: ConversionOrder,
  value: Money,
): readonly PlatformEvent[] {
  const lines = items.length > 0 ? items : [{ id: order.id, name: SALE, quantity: 1, unitPrice: value }];
  return lines.map((line) => ({
    id: line.id,
    name: line.name,
    planId: null,
    planName: null,
    quantity: line.quantity,
    priceInCents: line.unitPrice.cents,
  }));
}

function buildTracking(campaign: Campaign): PlatformEvent {
  return {
    src: campaign.src,
    sck: campaign.sck,
    utm_source: campaign.utmSource,
    utm_campaign: campaign.utmCampaign,
    utm_medium: campaign.utmMedium,
    utm_content: campaign.utmContent,
    utm_term: campaign.utmTerm,
  };
}

/** One POST for one order; the same order told again is brought up to date. */
export function buildRequest(events: readonly PlatformEvent[], account: UtmifyAccount): HttpRequest {
  return {
    method: 'POST',
    url: `${account.baseUrl}/api-credentials/orders`,
    headers: {
      'x-api-token': account.credentials.api_token,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify(events[0] ?? {}),
  };
}

/** An order that says of itself that it is a test: UTMify checks and does not count it. */
export function buildTestRequest(account: UtmifyAccount, now: number): HttpRequest {
  const id = `test_${now}`;
  const at = buildTime(new Date(now));
  const price = 100;
  const order = {
    orderId: id,
    platform: PLATFORM,
    paymentMethod: 'pix',
    status: 'waiting_payment',
    createdAt: at,
    approvedDate: null,
    refundedAt: null,
    customer: { name: 'Rastro test', email: 'rastro-test@example.com', phone: null, document: null },
    products: [{ id, name: 'Test', planId: null, planName: null, quantity: 1, priceInCents: price }],
    trackingParameters: buildTracking(NO_CAMPAIGN),
    commission: {
      totalPriceInCents: price,
      gatewayFeeInCents: 0,
      userCommissionInCents: price,
      currency: 'BRL',
    },
    isTest: true,
  };
  return buildRequest([order], account);
}

const NO_CAMPAIGN: Campaign = {
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmId: null,
  utmTerm: null,
  utmContent: null,
  src: null,
  sck: null,
};
