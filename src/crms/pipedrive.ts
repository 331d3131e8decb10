import { z } from 'zod';
import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { isSameSecret } from '../domain/same-secret.ts';
import {
  addStep,
  buildDealName,
  buildJsonRequest,
  ignore,
  readAnswer,
  readCents,
  readCurrency,
  readLeadIds,
  readMoment,
  readObject,
  readObjects,
  readText,
  readWords,
  requestStep,
  unreadable,
} from './answers.ts';
import type {
  ContactAnswer,
  CrmAccess,
  CrmTrouble,
  CrmWebhook,
  DealAnswer,
  DealReading,
  PollAnswer,
  PollQuestion,
  Push,
  PushAnswer,
  PushStep,
  WebhookReading,
  WebhookVerdict,
} from './crm.ts';
import { defineCrm } from './define-crm.ts';
import { findStage, stageMapField, unmapped } from './stage-map.ts';

const credentials = z.strictObject({
  api_token: z.string().min(1).max(500),
  /** What Pipedrive gives as Basic authentication with its webhooks. */
  webhook_user: z.string().min(1).max(200),
  webhook_password: z.string().min(1).max(200),
});

const settings = z.strictObject({
  /** Ids of stages of open deals; `won` and `lost` are the deal's own status. */
  stage_map: stageMapField.optional(),
  pipeline_id: z.int().optional(),
  push: z.boolean().optional(),
});

type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

/**
 * Pipedrive: a person, then a deal; webhooks (version 2) carry the deal and prove themselves by Basic authentication
 * alone. Won and lost are the status of a deal, apart from its stage. Webhooks are lost while it bans an address.
 * https://pipedrive.readme.io/docs/guide-for-webhooks-v2
 */
export const pipedrive = defineCrm({
  id: 'pipedrive',
  name: 'Pipedrive',
  base: 'PIPEDRIVE_API_URL',
  credentials,
  settings,
  webhooks: 'signed',
  pushesLeads: (given) => given.push ?? true,
  buildPush,
  readPush: (step, response, { push }) => readPush(step, response, push),
  verifyWebhook,
  readWebhook,
  test: {
    build: (access) => ({
      kind: 'request',
      name: 'test',
      request: call(access, 'GET', '/api/v2/deals?limit=1'),
    }),
    read: (response) => {
      const answer = readOk(response);
      return answer.kind === 'body' ? { kind: 'good' } : answer;
    },
  },
  token: null,
  lookup: {
    buildDeal: (dealId, access) => call(access, 'GET', `/api/v2/deals/${encodeURIComponent(dealId)}`),
    readDeal,
    buildContact: (contactId, access) =>
      call(access, 'GET', `/api/v2/persons/${encodeURIComponent(contactId)}`),
    readContact,
  },
  poll: { everySeconds: null, build: buildPoll, read: readPoll },
  secrets: null,
});

function call(access: Access, method: HttpRequest['method'], path: string, body?: unknown): HttpRequest {
  return buildJsonRequest({
    method,
    url: `${access.baseUrl}${path}`,
    headers: { 'x-api-token': access.credentials.api_token },
    ...(body === undefined ? {} : { body }),
  });
}

/** Pipedrive says `success` in the body; HTTP 200 with `false` is an error. */
function readOk(response: HttpResponse): ReturnType<typeof readAnswer> {
  const answer = readAnswer(response, (body) => body.error ?? body.error_info);
  if (answer.kind !== 'body' || answer.body.success === true) return answer;
  if (answer.body.success !== false) return unreadable(response);
  return { kind: 'rejected', reason: readWords(answer.body.error) ?? 'success is false' };
}

function buildPush(push: Push, access: Access): PushStep {
  const { lead, progress, isRepeat } = push;
  const { done } = progress;
  if (lead.email === null && lead.phone === null) {
    return { kind: 'skip', reason: 'the lead has neither e-mail nor phone' };
  }
  const contact = lead.email ?? lead.phone ?? '';
  if (progress.contactId === null && !done.includes('find person')) {
    // Persons are not unique by e-mail: without this, each lead of one person would be a person of its own.
    const fields = lead.email === null ? 'phone' : 'email';
    const query = new URLSearchParams({ term: contact, fields, exact_match: 'true', limit: '1' });
    return requestStep('find person', call(access, 'GET', `/api/v2/persons/search?${query}`));
  }
  if (progress.contactId === null) {
    return requestStep('person', call(access, 'POST', '/api/v2/persons', buildPerson(push)));
  }
  if (isRepeat && progress.dealId === null && !done.includes('find deal')) {
    const query = new URLSearchParams({ term: lead.leadId, fields: 'title', limit: '1' });
    return requestStep('find deal', call(access, 'GET', `/api/v2/deals/search?${query}`));
  }
  if (progress.dealId !== null) return { kind: 'done' };
  const body = {
    title: buildDealName(push.lead),
    person_id: Number(progress.contactId),
    ...pipelineOf(access),
  };
  return requestStep('deal', call(access, 'POST', '/api/v2/deals', body));
}

const pipelineOf = ({ settings: { pipeline_id } }: Access) =>
  pipeline_id === undefined ? {} : { pipeline_id };

function buildPerson({ lead }: Push) {
  const one = (value: string | null) => (value === null ? [] : [{ value, primary: true, label: 'work' }]);
  const name = lead.name ?? lead.company ?? lead.email ?? lead.phone;
  return { name, emails: one(lead.email), phones: one(lead.phone) };
}

function readPush(step: string, response: HttpResponse, push: Push): PushAnswer {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  const data = readObject(answer.body.data);
  const found = readText(readObject(readObjects(data.items)[0]?.item).id);
  if (step === 'find person') return addStep(push.progress, step, { contactId: found });
  if (step === 'find deal') return addStep(push.progress, step, { dealId: found });
  const id = readText(data.id);
  if (id === null) return unreadable(response);
  return addStep(push.progress, step, step === 'person' ? { contactId: id } : { dealId: id });
}

function verifyWebhook(webhook: CrmWebhook, access: Access): WebhookVerdict {
  const { webhook_user: user, webhook_password: password } = access.credentials;
  const expected = Buffer.from(`${user}:${password}`).toString('base64');
  const given = /^Basic +(\S+)$/i.exec(webhook.headers.authorization ?? '')?.[1];
  return isSameSecret(given, expected)
    ? { kind: 'verified' }
    : { kind: 'refused', reason: 'the Basic authentication is not webhook_user and webhook_password' };
}

function readWebhook(raw: string, access: Access): readonly WebhookReading[] {
  const body = readJsonObject(raw);
  if (!body) return [ignore(raw, 'the body is not a JSON object')];
  const meta = readObject(body.meta);
  const id = readText(meta.id);
  const reading = readNews(body, access);
  if (reading.kind === 'ignored') return [ignore(raw, reading.reason, id)];
  return [{ ...reading, dedupeKey: id, raw }];
}

function readNews(body: Readonly<Record<string, unknown>>, access: Access): DealReading {
  const meta = readObject(body.meta);
  const entity = readText(meta.entity) ?? readText(meta.object) ?? 'nothing';
  const skip = (reason: string): DealReading => ({ kind: 'ignored', reason });
  if (entity !== 'deal') return skip(`${entity.slice(0, 40)} is not a deal`);
  const action = readText(meta.action) ?? '';
  if (!['create', 'change', 'added', 'updated'].includes(action)) {
    return skip(`the action "${action.slice(0, 40)}" says nothing of a stage`);
  }
  if (meta.change_source === 'api')
    return skip('the change was made through the API: the echo of our own push');
  const data = readObject(body.data);
  const previous = readObject(body.previous);
  // `previous` holds only what has changed.
  const watched = ['status', 'stage_id', 'value', 'currency', 'pipeline_id'];
  const isNews = body.previous === null || watched.some((field) => field in previous);
  return isNews ? readDealBody(data, access) : skip('neither status, stage nor value has changed');
}

function readDeal(response: HttpResponse, dealId: string, access: Access): DealAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'Pipedrive has no such deal any more' };
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  const data = readObject(answer.body.data);
  if (readText(data.id) !== dealId) return unreadable(response);
  return { kind: 'found', reading: readDealBody(data, access) };
}

function readDealBody(data: Readonly<Record<string, unknown>>, access: Access): DealReading {
  const dealId = readText(data.id);
  if (dealId === null) return { kind: 'ignored', reason: 'the deal has no id' };
  const wanted = access.settings.pipeline_id;
  if (wanted !== undefined && data.pipeline_id !== wanted) {
    return { kind: 'ignored', reason: `the deal is in the pipeline ${readText(data.pipeline_id) ?? '?'}` };
  }
  const status = readText(data.status);
  const crmStage = status === 'won' || status === 'lost' ? status : (readText(data.stage_id) ?? '');
  const stage =
    status === 'won' || status === 'lost' ? status : findStage(access.settings.stage_map ?? {}, crmStage);
  if (stage === null) return { kind: 'ignored', reason: unmapped(crmStage) };
  return {
    kind: 'change',
    change: {
      dealId,
      contactId: readText(data.person_id),
      externalIds: readLeadIds(data.title),
      emails: [],
      phones: [],
      stage,
      crmStage,
      valueCents: readCents(data.value),
      currency: readCurrency(data.currency),
      at: readMoment(data.update_time),
    },
  };
}

function readContact(response: HttpResponse): ContactAnswer {
  if (response.status === 404) return { kind: 'missing', reason: 'Pipedrive has no such person any more' };
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  const data = readObject(answer.body.data);
  const values = (list: unknown) => readObjects(list).flatMap((one) => readText(one.value) ?? []);
  return { kind: 'found', emails: values(data.emails), phones: values(data.phones) };
}

function buildPoll({ since, page }: PollQuestion, access: Access): HttpRequest {
  const query = new URLSearchParams({
    updated_since: since.toISOString().replace(/\.\d+Z$/, 'Z'),
    sort_by: 'update_time',
    sort_direction: 'asc',
    limit: '200',
    ...(page === null ? {} : { cursor: page }),
  });
  return call(access, 'GET', `/api/v2/deals?${query}`);
}

function readPoll(response: HttpResponse, access: Access): PollAnswer | CrmTrouble {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  if (!Array.isArray(answer.body.data)) return unreadable(response);
  const next = readText(readObject(answer.body.additional_data).next_cursor);
  return {
    kind: 'page',
    readings: readObjects(answer.body.data).map((deal) => readDealBody(deal, access)),
    next,
  };
}
