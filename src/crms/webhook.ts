import { z } from 'zod';
import { type HttpRequest, type HttpResponse, readJsonObject } from '../domain/http-message.ts';
import { readStageName } from '../domain/lead-stages.ts';
import { buildStorableText } from '../domain/storable-text.ts';
import {
  addStep,
  ignore,
  readCents,
  readCurrency,
  readMoment,
  readObject,
  readRetryAfter,
  readText,
} from './answers.ts';
import type {
  CrmAccess,
  CrmLead,
  CrmTrouble,
  CrmWebhook,
  Push,
  PushAnswer,
  PushStep,
  WebhookReading,
  WebhookVerdict,
} from './crm.ts';
import { defineCrm } from './define-crm.ts';
import { findStage, stageMapField, unmapped } from './stage-map.ts';
import { buildSignatures, buildWebhookSecret, isSigned, isWebhookSecret } from './standard-webhook.ts';

const secretField = z
  .string()
  .max(500)
  .refine(
    isWebhookSecret,
    'must be `whsec_` and base64 of 16 bytes or more, or a text of 16 characters or more',
  );

const credentials = z.strictObject({
  secret: secretField,
  /** Good beside `secret` until `previous_until`, so that both sides need not change at the same moment. */
  previous_secret: secretField.optional(),
  previous_until: z.iso.datetime().optional(),
});

/** What can be read out of a body. */
const FIELDS = [
  'external_id',
  'email',
  'phone',
  'stage',
  'value',
  'currency',
  'occurred_at',
  'event_id',
] as const;
type Field = (typeof FIELDS)[number];
const isField = (text: string): text is Field => FIELDS.some((field) => field === text);

const fieldMap = z.record(z.string().max(100), z.string().max(300)).transform((map, context) => {
  const entries = Object.entries(map);
  if (entries.every(([ours]) => isField(ours))) return map;
  // The other way round is understood too, as with stage_map.
  if (entries.every(([, ours]) => isField(ours))) {
    return Object.fromEntries(entries.map(([theirs, ours]) => [ours, theirs]));
  }
  context.addIssue({ code: 'custom', message: `must give paths for: ${FIELDS.join(', ')}` });
  return z.NEVER;
});

const settings = z.strictObject({
  /** Where leads are told; absent = nothing is sent. */
  url: z
    .string()
    .max(2000)
    .refine(isWebAddress, 'must be an absolute http:// or https:// address without a user name')
    .optional(),
  stage_map: stageMapField.optional(),
  field_map: fieldMap.optional(),
  push: z.boolean().optional(),
});

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

/** Any program with webhooks, in both directions signed as Standard Webhooks says. */
export const webhook = defineCrm({
  id: 'webhook',
  name: 'Webhook',
  base: null,
  credentials,
  settings,
  webhooks: 'signed',
  pushesLeads: (given) => given.url !== undefined && (given.push ?? true),
  buildPush: (push, access) => buildPush(push, access),
  readPush: (step, response, { push }) => readPush(step, response, push),
  verifyWebhook,
  readWebhook,
  test: {
    build: (access) =>
      access.settings.url === undefined
        ? { kind: 'skip', reason: 'there is no url, so nothing is sent; stages can be received' }
        : request(access, access.settings.url, {
            id: `test_${access.now}`,
            body: { type: 'connection.test', timestamp: new Date(access.now).toISOString(), data: {} },
          }),
    read: (response) => readAnswer(response) ?? { kind: 'good' },
  },
  token: null,
  lookup: null,
  poll: null,
  secrets: {
    make: () => {
      const secret = buildWebhookSecret();
      return { credentials: { secret }, secret };
    },
    rotate: ({ secret }, until) => {
      const fresh = buildWebhookSecret();
      const kept = { previous_secret: secret, previous_until: until.toISOString() };
      return { credentials: { secret: fresh, ...kept }, secret: fresh };
    },
  },
});

function secretsOf({ credentials: { secret, previous_secret, previous_until }, now }: Access): string[] {
  const isGood = previous_until === undefined || Date.parse(previous_until) > now;
  return previous_secret !== undefined && isGood ? [secret, previous_secret] : [secret];
}

function buildPush({ lead, progress }: Push, access: Access): PushStep {
  if (progress.done.includes('lead')) return { kind: 'done' };
  if (access.settings.url === undefined) return { kind: 'skip', reason: 'the connection has no url' };
  return request(access, access.settings.url, {
    id: `lead_${lead.leadId}`,
    body: { type: 'lead.created', timestamp: lead.createdAt.toISOString(), data: describe(lead) },
  });
}

function request(
  access: Access,
  url: string,
  message: { readonly id: string; readonly body: unknown },
): PushStep {
  const timestamp = String(Math.floor(access.now / 1000));
  const body = JSON.stringify(message.body);
  const signature = buildSignatures(secretsOf(access), { id: message.id, timestamp, body });
  const built: HttpRequest = {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Rastro-Webhooks/1',
      'webhook-id': message.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    },
    body,
  };
  return { kind: 'request', name: 'lead', request: built };
}

const describe = (lead: CrmLead) => ({
  lead_id: lead.leadId,
  external_id: lead.externalId,
  name: lead.name,
  email: lead.email,
  phone: lead.phone,
  company: lead.company,
  message: lead.message,
  form_location: lead.formLocation,
  page_url: lead.pageUrl,
  domain: lead.domain,
  lead_score: lead.score,
  utm_source: lead.utm.source,
  utm_medium: lead.utm.medium,
  utm_campaign: lead.utm.campaign,
  utm_term: lead.utm.term,
  utm_content: lead.utm.content,
  extensions: lead.extensions,
  created_at: lead.createdAt.toISOString(),
});

function readPush(step: string, response: HttpResponse, push: Push): PushAnswer {
  return readAnswer(response) ?? addStep(push.progress, step, {});
}

/** Null for a success. Only what the owner must mend pauses; a wrong answer may be a deployment that passes. */
function readAnswer(response: HttpResponse): CrmTrouble | null {
  const { status } = response;
  if (status >= 200 && status <= 299) return null;
  if (status === 401 || status === 403 || status === 410) {
    return { kind: 'unauthorized', reason: `HTTP ${status}: the address does not want this any more` };
  }
  return { kind: 'retry', reason: `HTTP ${status}`, retryAfterMs: readRetryAfter(response) };
}

const TOLERANCE_SECONDS = 300;

function verifyWebhook(given: CrmWebhook, access: Access): WebhookVerdict {
  const refused = (reason: string): WebhookVerdict => ({ kind: 'refused', reason });
  const id = given.headers['webhook-id'] ?? '';
  const timestamp = given.headers['webhook-timestamp'] ?? '';
  if (id === '' || id.includes('.') || id.length > 200) return refused('webhook-id is missing or malformed');
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is missing or not in seconds');
  if (Math.abs(access.now / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    return refused('webhook-timestamp is more than 5 minutes away: a repetition, or a wrong clock');
  }
  const message = { id, timestamp, body: given.rawBody };
  return isSigned(given.headers['webhook-signature'] ?? '', secretsOf(access), message)
    ? { kind: 'verified' }
    : refused('webhook-signature is missing or was not made with this connection’s secret');
}

/** Where a field stands unless `field_map` says otherwise; each is looked for in the body, then in its `data`. */
const DEFAULT_PATHS: Readonly<Record<Field, readonly string[]>> = {
  external_id: ['external_id', 'lead_id'],
  email: ['email'],
  phone: ['phone'],
  stage: ['stage', 'stage_name'],
  value: ['value', 'stage_value'],
  currency: ['currency'],
  occurred_at: ['occurred_at', 'timestamp'],
  event_id: ['event_id'],
};

function readWebhook(raw: string, access: Access): readonly WebhookReading[] {
  const body = readJsonObject(raw);
  if (!body) return [ignore(raw, 'the body is not a JSON object')];
  const read = (field: Field): unknown => findField(body, field, access);
  const dedupeKey = buildStorableText(readText(read('event_id')) ?? '', 200) || null;
  const crmStage = readText(read('stage'));
  if (crmStage === null) {
    const type = readText(body.type)?.slice(0, 60);
    return [ignore(raw, `${type ? `"${type}"` : 'the body'} names no stage`, dedupeKey)];
  }
  const map = access.settings.stage_map;
  // A map says all; without one our own names are understood.
  const stage = (map && findStage(map, crmStage)) ?? readStageName(crmStage);
  if (stage === null) return [ignore(raw, unmapped(crmStage), dedupeKey)];
  const value = read('value');
  if (value !== null && value !== undefined && value !== '' && readCents(value) === null) {
    return [ignore(raw, 'the value is not a decimal number that is not negative', dedupeKey)];
  }
  const listed = (field: Field) => [readText(read(field))].filter((text) => text !== null);
  const change = {
    dealId: null,
    contactId: null,
    externalIds: listed('external_id'),
    emails: listed('email'),
    phones: listed('phone'),
    stage,
    crmStage,
    valueCents: readCents(value),
    currency: readCurrency(read('currency')),
    at: readMoment(read('occurred_at')),
  };
  return [{ kind: 'change', change, dedupeKey, raw }];
}

function findField(body: Readonly<Record<string, unknown>>, field: Field, access: Access): unknown {
  const mapped = access.settings.field_map?.[field];
  const paths = mapped === undefined ? DEFAULT_PATHS[field] : [mapped];
  for (const root of [body, readObject(body.data)]) {
    for (const path of paths) {
      const value = walk(root, path);
      if (value !== undefined && value !== null) return value;
    }
  }
  return undefined;
}

/** `deal.contact.email`, `contacts.0.email`; a leading `$.` is as in JSONPath. */
function walk(root: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = root;
  for (const key of path.replace(/^\$\.?/, '').split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value;
}
