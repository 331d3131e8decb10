import { createHmac } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { StageName } from '../domain/lead-stages.ts';
import { isSameSecret } from '../domain/same-secret.ts';
import {
  ignore,
  readAnswer,
  readCents,
  readCurrency,
  readLeadIds,
  readMoment,
  readObject,
  readObjects,
  readText,
  readTexts,
  unreadable,
} from './answers.ts';
import type {
  ContactAnswer,
  CrmTrouble,
  CrmWebhook,
  DealAnswer,
  DealReading,
  PollAnswer,
  PollQuestion,
  WebhookReading,
  WebhookVerdict,
} from './crm.ts';
import { defineCrm } from './define-crm.ts';
import {
  type Access,
  buildPush,
  call,
  credentials,
  PROPERTIES,
  readPush,
  settings,
  stagesOf,
} from './hubspot-push.ts';
import { findStage, unmapped } from './stage-map.ts';

/**
 * HubSpot: contact by upsert on the e-mail, then a deal; webhooks are lists of bare hints, unordered and repeated,
 * signed (v3) over the address as it is registered, so the deal is always asked for.
 * https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
 */
export const hubspot = defineCrm({
  id: 'hubspot',
  name: 'HubSpot',
  base: 'HUBSPOT_API_URL',
  credentials,
  settings,
  webhooks: 'signed',
  pushesLeads: (given) => given.push ?? true,
  buildPush,
  readPush: (step, response, { push, access }) => readPush(step, response, push, access),
  verifyWebhook,
  readWebhook,
  test: {
    build: (access) => ({
      kind: 'request',
      name: 'test',
      request: call(access, 'GET', '/crm/v3/objects/deals?limit=1'),
    }),
    read: (response) => {
      const answer = readAnswer(response, (body) => body.message);
      if (answer.kind !== 'body') return answer;
      return Array.isArray(answer.body.results) ? { kind: 'good' } : unreadable(response);
    },
  },
  token: null,
  lookup: {
    buildDeal: (dealId, access) =>
      call(
        access,
        'GET',
        `/crm/v3/objects/deals/${encodeURIComponent(dealId)}?properties=${PROPERTIES.join(',')}&associations=contacts`,
      ),
    readDeal,
    buildContact: (contactId, access) =>
      call(
        access,
        'GET',
        `/crm/v3/objects/contacts/${encodeURIComponent(contactId)}?properties=email,phone,mobilephone`,
      ),
    readContact,
  },
  poll: { everySeconds: null, build: buildPoll, read: readPoll },
  secrets: null,
});

const MAX_AGE_MS = 300_000;
/** The only escapes that HubSpot undoes before it signs. */
const UNESCAPED = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

function verifyWebhook(webhook: CrmWebhook, access: Access): WebhookVerdict {
  const refused = (reason: string): WebhookVerdict => ({ kind: 'refused', reason });
  const timestamp = webhook.headers['x-hubspot-request-timestamp'] ?? '';
  const signature = webhook.headers['x-hubspot-signature-v3'];
  if (!/^\d{1,16}$/.test(timestamp)) return refused('X-HubSpot-Request-Timestamp is missing');
  if (Math.abs(access.now - Number(timestamp)) > MAX_AGE_MS) {
    return refused('X-HubSpot-Request-Timestamp is more than 5 minutes away: a repetition, or a wrong clock');
  }
  const url = webhook.url.replace(UNESCAPED, (escaped) => decodeURIComponent(escaped));
  const expected = createHmac('sha256', access.credentials.client_secret)
    .update(`${webhook.method}${url}`)
    .update(webhook.rawBody)
    .update(timestamp)
    .digest('base64');
  return isSameSecret(signature, expected)
    ? { kind: 'verified' }
    : refused('X-HubSpot-Signature-v3 is missing or was not made with client_secret for PUBLIC_URL');
}

function readWebhook(raw: string): readonly WebhookReading[] {
  let events: unknown;
  try {
    events = JSON.parse(raw);
  } catch {
    return [ignore(raw, 'the body is not JSON')];
  }
  if (!Array.isArray(events) || events.length === 0) return [ignore(raw, 'the body is not a list of events')];
  return events.map((event: unknown) => readEvent(readObject(event)));
}

/** `eventId` alone is not unique: https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide */
function readEvent(event: Readonly<Record<string, unknown>>): WebhookReading {
  const raw = JSON.stringify([event]);
  const type = readText(event.subscriptionType) ?? '';
  const parts = [event.portalId, type, event.objectId, event.eventId, event.occurredAt].map(readText);
  const dedupeKey = parts.some((part) => part === null) ? null : parts.join(':');
  const dealId = readText(event.objectId);
  const isDeal = type.startsWith('deal.') || (type.startsWith('object.') && event.objectTypeId === '0-3');
  if (!isDeal)
    return ignore(raw, `${type.slice(0, 60) || 'an event without a type'} is not about a deal`, dedupeKey);
  if (dealId === null) return ignore(raw, 'the event names no deal', dedupeKey);
  if (/\.(deletion|merge|restore|privacyDeletion)$/.test(type)) {
    return ignore(raw, `${type} says nothing of a stage`, dedupeKey);
  }
  return { kind: 'hint', dealId, at: readMoment(event.occurredAt), dedupeKey, raw };
}

function readDeal(response: HttpResponse, dealId: string, access: Access): DealAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'HubSpot has no such deal any more' };
  const answer = readAnswer(response, (body) => body.message);
  if (answer.kind !== 'body') return answer;
  if (readText(answer.body.id) !== dealId) return unreadable(response);
  return { kind: 'found', reading: readDealBody(answer.body, access) };
}

function readDealBody(body: Readonly<Record<string, unknown>>, access: Access): DealReading {
  const properties = readObject(body.properties);
  const crmStage = readText(properties.dealstage) ?? '';
  const pipeline = readText(properties.pipeline);
  const wanted = access.settings.pipeline;
  if (wanted !== undefined && pipeline !== null && pipeline !== wanted) {
    return { kind: 'ignored', reason: `the deal is in the pipeline "${pipeline.slice(0, 60)}"` };
  }
  const stage = findStage(stagesOf(access), crmStage) ?? readClosed(properties);
  if (stage === null) return { kind: 'ignored', reason: unmapped(crmStage) };
  const contacts = readObjects(readObject(readObject(body.associations).contacts).results);
  return {
    kind: 'change',
    change: {
      dealId: readText(body.id),
      contactId: readText(contacts[0]?.id),
      externalIds: readLeadIds(properties.dealname),
      emails: [],
      phones: [],
      stage,
      crmStage,
      valueCents: readCents(properties.amount),
      currency: readCurrency(properties.deal_currency_code),
      at: readMoment(properties.hs_lastmodifieddate) ?? readMoment(body.updatedAt),
    },
  };
}

/** Pipelines of one's own have stages with numbers for names; HubSpot itself says which of them close a deal. */
function readClosed(properties: Readonly<Record<string, unknown>>): StageName | null {
  if (properties.hs_is_closed_won === 'true') return 'won';
  return properties.hs_is_closed === 'true' ? 'lost' : null;
}

function readContact(response: HttpResponse): ContactAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'HubSpot has no such contact any more' };
  const answer = readAnswer(response, (body) => body.message);
  if (answer.kind !== 'body') return answer;
  const { email, phone, mobilephone } = readObject(answer.body.properties);
  return { kind: 'found', emails: readTexts([email]), phones: readTexts([phone, mobilephone]) };
}

const PAGE = 100;

function buildPoll({ since, page }: PollQuestion, access: Access): HttpRequest {
  const filters = [
    { propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: String(since.getTime()) },
    ...(access.settings.pipeline === undefined
      ? []
      : [{ propertyName: 'pipeline', operator: 'EQ', value: access.settings.pipeline }]),
  ];
  return call(access, 'POST', '/crm/v3/objects/deals/search', {
    filterGroups: [{ filters }],
    sorts: [{ propertyName: 'hs_lastmodifieddate', direction: 'ASCENDING' }],
    properties: PROPERTIES,
    limit: PAGE,
    ...(page === null ? {} : { after: page }),
  });
}

function readPoll(response: HttpResponse, access: Access): PollAnswer | CrmTrouble {
  const answer = readAnswer(response, (body) => body.message);
  if (answer.kind !== 'body') return answer;
  if (!Array.isArray(answer.body.results)) return unreadable(response);
  const next = readText(readObject(readObject(answer.body.paging).next).after);
  const readings = readObjects(answer.body.results).map((deal) => readDealBody(deal, access));
  return { kind: 'page', readings, next };
}
