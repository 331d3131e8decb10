import { z } from 'zod';
import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import type { StageName } from '../domain/lead-stages.ts';
import { isSameSecret } from '../domain/same-secret.ts';
import {
  addStep,
  buildJsonRequest,
  ignore,
  readAnswer,
  readMoment,
  readObject,
  readObjects,
  readText,
  readTexts,
  requestStep,
  unreadable,
} from './answers.ts';
import type {
  ContactAnswer,
  CrmAccess,
  CrmWebhook,
  DealAnswer,
  Push,
  PushAnswer,
  PushStep,
  WebhookReading,
  WebhookVerdict,
} from './crm.ts';
import { defineCrm } from './define-crm.ts';
import { buildRefresh, readRefresh } from './oauth.ts';
import { findStage, type StageMap, stageMapField, unmapped } from './stage-map.ts';

const credentials = z.strictObject({
  client_id: z.string().min(1).max(500),
  client_secret: z.string().min(1).max(500),
  refresh_token: z.string().min(1).max(2000),
});

const settings = z.strictObject({
  /** Name of the conversion in RD Station. */
  conversion_identifier: z.string().min(1).max(200).optional(),
  /** Life-cycle stages of the funnel, and `opportunity` for the mark. */
  stage_map: stageMapField.optional(),
  push: z.boolean().optional(),
});

type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

/** The stages of RD Station's own funnel; a contact marked as an opportunity is one whatever its stage. */
const DEFAULT_STAGES: StageMap = {
  Lead: 'new',
  'Qualified Lead': 'qualified',
  opportunity: 'proposal',
  Client: 'won',
};

/**
 * RD Station Marketing: leads are conversions, and the e-mail is who they are. It has no deals: a contact's place in
 * the funnel is the stage. Its webhooks are not signed, so their address holds a secret and the contact is asked for.
 * https://developers.rdstation.com/reference/introdu%C3%A7%C3%A3o-eventos
 */
export const rdstation = defineCrm({
  id: 'rdstation',
  name: 'RD Station Marketing',
  base: 'RDSTATION_API_URL',
  credentials,
  settings,
  webhooks: 'key in the address',
  pushesLeads: (given) => given.push ?? true,
  buildPush,
  readPush: (step, response, { push }) => readPush(step, response, push),
  verifyWebhook,
  readWebhook,
  test: {
    build: (access) => ({
      kind: 'request',
      name: 'test',
      request: call(access, 'GET', '/marketing/account_info'),
    }),
    read: (response) => {
      const answer = readAnswer(response, readError);
      return answer.kind === 'body' ? { kind: 'good' } : answer;
    },
  },
  token: {
    build: (access) => buildRefresh(`${access.baseUrl}/oauth2/token`, access.credentials),
    read: (response) => readRefresh(response, { defaultSeconds: 86_400, readInstance: () => null }),
  },
  lookup: {
    buildDeal: (contactId, access) =>
      call(access, 'GET', `/platform/contacts/${encodeURIComponent(contactId)}/funnels/default`),
    readDeal: readFunnel,
    buildContact: (contactId, access) =>
      call(access, 'GET', `/platform/contacts/${encodeURIComponent(contactId)}`),
    readContact,
  },
  poll: null,
  secrets: null,
});

function call(access: Access, method: HttpRequest['method'], path: string, body?: unknown): HttpRequest {
  return buildJsonRequest({
    method,
    url: `${access.baseUrl}${path}`,
    headers: { authorization: `Bearer ${access.token?.accessToken ?? ''}` },
    ...(body === undefined ? {} : { body }),
  });
}

/** `{errors: {error_type, error_message}}`, or a list of them. */
function readError(body: Readonly<Record<string, unknown>>): unknown {
  const [first] = Array.isArray(body.errors) ? readObjects(body.errors) : [readObject(body.errors)];
  return first?.error_message ?? first?.error_type ?? body.error;
}

function buildPush(push: Push, access: Access): PushStep {
  const { lead, progress } = push;
  if (lead.email === null) return { kind: 'skip', reason: 'RD Station takes no lead without an e-mail' };
  if (!progress.done.includes('conversion')) {
    const path = '/platform/events?event_type=conversion';
    return requestStep('conversion', call(access, 'POST', path, buildConversion(push, access)));
  }
  if (progress.dealId !== null) return { kind: 'done' };
  const path = `/platform/contacts/email:${encodeURIComponent(lead.email)}`;
  return requestStep('contact', call(access, 'GET', path));
}

function buildConversion({ lead }: Push, access: Access) {
  const payload = {
    conversion_identifier: access.settings.conversion_identifier ?? lead.formLocation ?? 'rastro',
    email: lead.email,
    name: lead.name,
    personal_phone: lead.phone,
    company_name: lead.company,
    traffic_source: lead.utm.source,
    traffic_medium: lead.utm.medium,
    traffic_campaign: lead.utm.campaign,
    traffic_value: lead.utm.term,
  };
  const given = Object.entries(payload).filter(([, value]) => value !== null);
  return { event_type: 'CONVERSION', event_family: 'CDP', payload: Object.fromEntries(given) };
}

function readPush(step: string, response: HttpResponse, push: Push): PushAnswer {
  const answer = readAnswer(response, readError);
  if (step === 'contact' && response.status === 404) {
    // The conversion is taken at once and folded into the contact a little later.
    return { kind: 'retry', reason: 'the contact is not there yet', retryAfterMs: null };
  }
  if (answer.kind !== 'body') return answer;
  if (answer.body.errors !== undefined) {
    return {
      kind: 'rejected',
      reason: readText(readError(answer.body))?.slice(0, 200) ?? 'an error in the answer',
    };
  }
  if (step === 'conversion') {
    return readText(answer.body.event_uuid) === null
      ? unreadable(response)
      : addStep(push.progress, step, { dealStage: 'new' });
  }
  const id = readText(answer.body.uuid);
  return id === null ? unreadable(response) : addStep(push.progress, step, { contactId: id, dealId: id });
}

function verifyWebhook(webhook: CrmWebhook, access: Access): WebhookVerdict {
  const key = URL.canParse(webhook.url) ? new URL(webhook.url).searchParams.get('key') : null;
  return isSameSecret(key ?? undefined, access.webhookKey)
    ? { kind: 'verified' }
    : { kind: 'refused', reason: 'the address has not the key of webhook_url' };
}

const EVENTS = ['WEBHOOK.CONVERTED', 'WEBHOOK.MARKED_OPPORTUNITY'];

/** Two generations of bodies: `{event_type, contact}` and `{leads: […]}`; neither is believed beyond whom it names. */
function readWebhook(raw: string): readonly WebhookReading[] {
  const body = readJsonObject(raw);
  if (!body) return [ignore(raw, 'the body is not a JSON object')];
  const type = readText(body.event_type);
  const leads = readObjects(body.leads);
  if (leads.length > 0) return leads.map((lead) => readHint(JSON.stringify({ leads: [lead] }), lead, null));
  if (type === null || !EVENTS.includes(type)) {
    return [ignore(raw, `${type?.slice(0, 60) ?? 'an event without a type'} says nothing of a stage`)];
  }
  return [readHint(raw, readObject(body.contact), body)];
}

function readHint(
  raw: string,
  contact: Readonly<Record<string, unknown>>,
  event: Readonly<Record<string, unknown>> | null,
): WebhookReading {
  const dealId = readText(contact.uuid);
  if (dealId === null) return ignore(raw, 'the event names no contact');
  const moment = readText(event?.event_timestamp ?? event?.timestamp ?? contact.last_marked_opportunity_date);
  const parts = [readText(event?.event_uuid) ?? readText(event?.event_type), dealId, moment];
  const dedupeKey = moment === null ? null : parts.filter((part) => part !== null).join(':');
  return { kind: 'hint', dealId, at: readMoment(moment), dedupeKey, raw };
}

function readFunnel(response: HttpResponse, contactId: string, access: Access): DealAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'RD Station has no such contact any more' };
  const answer = readAnswer(response, readError);
  if (answer.kind !== 'body') return answer;
  const lifeCycle = readText(answer.body.lifecycle_stage);
  if (lifeCycle === null) return unreadable(response);
  const crmStage = lifeCycle !== 'Client' && answer.body.opportunity === true ? 'opportunity' : lifeCycle;
  const stage: StageName | null = findStage(access.settings.stage_map ?? DEFAULT_STAGES, crmStage);
  if (stage === null) return { kind: 'found', reading: { kind: 'ignored', reason: unmapped(crmStage) } };
  const change = {
    dealId: contactId,
    contactId,
    externalIds: [],
    emails: [],
    phones: [],
    stage,
    crmStage,
    valueCents: null,
    currency: null,
    at: null,
  };
  return { kind: 'found', reading: { kind: 'change', change } };
}

function readContact(response: HttpResponse): ContactAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'RD Station has no such contact any more' };
  const answer = readAnswer(response, readError);
  if (answer.kind !== 'body') return answer;
  return {
    kind: 'found',
    emails: readTexts([answer.body.email]),
    phones: readTexts([answer.body.mobile_phone, answer.body.personal_phone]),
  };
}
