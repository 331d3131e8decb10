import { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { StageName } from '../domain/lead-stages.ts';
import {
  addStep,
  buildDealName,
  buildJsonRequest,
  readAnswer,
  readObjects,
  readText,
  requestStep,
  splitName,
  unreadable,
} from './answers.ts';
import type { CrmAccess, Push, PushAnswer, PushStep } from './crm.ts';
import { findStage, type StageMap, stageMapField } from './stage-map.ts';

/** What HubSpot gives. */
export const credentials = z.strictObject({
  /** Token of a private app. */
  access_token: z.string().min(1).max(2000),
  /** Secret of the app whose webhooks these are: signatures are made with it. */
  client_secret: z.string().min(1).max(500),
});

/** The stages of HubSpot's own pipeline. */
const DEFAULT_STAGES: StageMap = {
  appointmentscheduled: 'new',
  qualifiedtobuy: 'qualified',
  presentationscheduled: 'proposal',
  decisionmakerboughtin: 'negotiation',
  contractsent: 'negotiation',
  closedwon: 'won',
  closedlost: 'lost',
};

/** What is chosen of HubSpot. */
export const settings = z.strictObject({
  pipeline: z.string().max(200).optional(),
  stage_map: stageMapField.optional(),
  /** Stage that a new deal is made in. */
  first_stage: z.string().max(200).optional(),
  push: z.boolean().optional(),
});

/** A HubSpot connection. */
export type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

/** What is asked of a deal. */
export const PROPERTIES = [
  'dealname',
  'dealstage',
  'pipeline',
  'amount',
  'deal_currency_code',
  'closedate',
  'hs_is_closed',
  'hs_is_closed_won',
  'hs_lastmodifieddate',
];
/** HubSpot's own number for "deal to contact". */
const DEAL_TO_CONTACT = 3;

/** A request to HubSpot's API. */
export function call(
  access: Access,
  method: HttpRequest['method'],
  path: string,
  body?: unknown,
): HttpRequest {
  return buildJsonRequest({
    method,
    url: `${access.baseUrl}${path}`,
    headers: { authorization: `Bearer ${access.credentials.access_token}` },
    ...(body === undefined ? {} : { body }),
  });
}

const pipelineOf = (access: Access): string => access.settings.pipeline ?? 'default';
/** The map of stages in use. */
export const stagesOf = (access: Access): StageMap => access.settings.stage_map ?? DEFAULT_STAGES;

function firstStageOf(access: Access): string {
  const named = access.settings.first_stage;
  if (named !== undefined) return named;
  const stages = Object.entries(stagesOf(access));
  const isOpen = (stage: StageName) => stage !== 'won' && stage !== 'lost';
  const first = stages.find(([, ours]) => ours === 'new');
  if (first) return first[0];
  // The default pipeline's first stage is there even if nobody has mapped it.
  if (pipelineOf(access) === 'default') return 'appointmentscheduled';
  return (stages.find(([, ours]) => isOpen(ours)) ?? ['appointmentscheduled'])[0];
}

/** What comes next for a lead: the contact, then the deal. */
export function buildPush(push: Push, access: Access): PushStep {
  const { lead, progress } = push;
  const { done } = progress;
  if (lead.email === null && lead.phone === null) {
    return { kind: 'skip', reason: 'the lead has neither e-mail nor phone' };
  }
  if (!done.includes('contact')) return buildContactStep(push, access);
  if (push.isRepeat && progress.dealId === null && !done.includes('find deal')) {
    const filters = [{ propertyName: 'dealname', operator: 'EQ', value: buildDealName(push.lead) }];
    const body = { filterGroups: [{ filters }], properties: PROPERTIES, limit: 1 };
    return requestStep('find deal', call(access, 'POST', '/crm/v3/objects/deals/search', body));
  }
  if (done.includes('deal')) return { kind: 'done' };
  return requestStep('deal', buildDeal(push, access));
}

function buildContactStep({ lead, progress, isRepeat }: Push, access: Access): PushStep {
  const properties = buildContact(lead);
  if (lead.email !== null) {
    const body = { inputs: [{ idProperty: 'email', id: lead.email, properties }] };
    return requestStep('contact', call(access, 'POST', '/crm/v3/objects/contacts/batch/upsert', body));
  }
  if (isRepeat && !progress.done.includes('find contact')) {
    const filters = [{ propertyName: 'phone', operator: 'EQ', value: lead.phone }];
    const body = { filterGroups: [{ filters }], limit: 1 };
    return requestStep('find contact', call(access, 'POST', '/crm/v3/objects/contacts/search', body));
  }
  if (progress.contactId !== null) {
    const path = `/crm/v3/objects/contacts/${encodeURIComponent(progress.contactId)}`;
    return requestStep('contact', call(access, 'PATCH', path, { properties }));
  }
  return requestStep('contact', call(access, 'POST', '/crm/v3/objects/contacts', { properties }));
}

function buildContact(lead: Push['lead']): Record<string, string> {
  const { first, last } = splitName(lead.name);
  const properties = {
    email: lead.email,
    phone: lead.phone,
    firstname: first ?? lead.name,
    lastname: first === null ? null : last,
    company: lead.company,
    message: lead.message,
  };
  return dropNulls(properties);
}

const dropNulls = (values: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );

function buildDeal(push: Push, access: Access): HttpRequest {
  const { contactId, dealId } = push.progress;
  const dealname = buildDealName(push.lead);
  if (dealId !== null) {
    const path = `/crm/v3/objects/deals/${encodeURIComponent(dealId)}`;
    return call(access, 'PATCH', path, { properties: { dealname } });
  }
  return call(access, 'POST', '/crm/v3/objects/deals', {
    properties: { dealname, pipeline: pipelineOf(access), dealstage: firstStageOf(access) },
    associations: [
      {
        to: { id: contactId },
        types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: DEAL_TO_CONTACT }],
      },
    ],
  });
}

/** What the answer to a step means. */
export function readPush(step: string, response: HttpResponse, push: Push, access: Access): PushAnswer {
  const answer = readAnswer(response, (body) => body.message);
  if (answer.kind !== 'body') return answer;
  const { body } = answer;
  const [first] = readObjects(body.results);
  // 207: the request was understood, the contact in it was not taken.
  if (first === undefined && readObjects(body.errors).length > 0) {
    const words = readText(readObjects(body.errors)[0]?.message) ?? 'an error without words';
    return { kind: 'rejected', reason: `the contact was refused: ${words.slice(0, 200)}` };
  }
  const id = readText(first ? first.id : body.id);
  if (step === 'find deal') {
    return addStep(push.progress, step, id === null ? {} : { dealId: id, dealStage: firstStage(access) });
  }
  if (step === 'find contact') return addStep(push.progress, step, { contactId: id });
  if (id === null) return unreadable(response);
  if (step === 'contact') return addStep(push.progress, step, { contactId: id });
  return addStep(push.progress, step, { dealId: id, dealStage: firstStage(access) });
}

const firstStage = (access: Access): StageName | null => findStage(stagesOf(access), firstStageOf(access));
