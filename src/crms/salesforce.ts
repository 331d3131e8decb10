import { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../domain/http-message.ts';
import type { StageName } from '../domain/lead-stages.ts';
import {
  addStep,
  buildJsonRequest,
  ignore,
  readAnswer,
  readCents,
  readCurrency,
  readMoment,
  readObject,
  readObjects,
  readText,
  readTexts,
  readTrouble,
  readWords,
  splitName,
  unreadable,
} from './answers.ts';
import type {
  ContactAnswer,
  CrmAccess,
  CrmTrouble,
  DealAnswer,
  DealReading,
  PollAnswer,
  PollQuestion,
  Push,
  PushAnswer,
  PushStep,
} from './crm.ts';
import { defineCrm } from './define-crm.ts';
import { buildRefresh, readRefresh } from './oauth.ts';
import { findStage, stageMapField, unmapped } from './stage-map.ts';

const credentials = z.strictObject({
  client_id: z.string().min(1).max(500),
  client_secret: z.string().min(1).max(500),
  refresh_token: z.string().min(1).max(2000),
});

const settings = z.strictObject({
  /** Names of stages of open opportunities; what is closed says itself whether it was won. */
  stage_map: stageMapField.optional(),
  /** Currency of the amounts in an organisation with one currency. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
    .optional(),
  push: z.boolean().optional(),
});

type Access = CrmAccess<z.infer<typeof credentials>, z.infer<typeof settings>>;

const API = '/services/data/v62.0';
const FIELDS =
  'Id, StageName, IsWon, IsClosed, Amount, SystemModstamp, ' +
  '(SELECT Contact.Email, Contact.Phone, Contact.MobilePhone FROM OpportunityContactRoles)';

/**
 * Salesforce: leads are made as Leads; opportunities are asked for every two minutes by the time of their change,
 * because its webhooks are SOAP without a signature. Each customer has an address of its own, told with the token.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
 */
export const salesforce = defineCrm({
  id: 'salesforce',
  name: 'Salesforce',
  base: 'SALESFORCE_LOGIN_URL',
  credentials,
  settings,
  webhooks: null,
  pushesLeads: (given) => given.push ?? true,
  buildPush,
  readPush: (step, response, { push }) => readPush(step, response, push),
  verifyWebhook: () => ({ kind: 'refused', reason: 'Salesforce is asked; it sends no webhooks here' }),
  readWebhook: (raw) => [ignore(raw, 'Salesforce is asked; it sends no webhooks here')],
  test: {
    build: (access) => ({ kind: 'request', name: 'test', request: call(access, 'GET', `${API}/limits`) }),
    read: (response) => {
      const answer = readOk(response);
      return answer.kind === 'body' ? { kind: 'good' } : answer;
    },
  },
  token: {
    build: (access) => buildRefresh(`${access.baseUrl}/services/oauth2/token`, access.credentials),
    read: (response, access) =>
      readRefresh(response, {
        defaultSeconds: 3600,
        readInstance: (url) => readInstance(url, access.baseUrl),
      }),
  },
  lookup: {
    buildDeal: (dealId, access) =>
      query(access, `SELECT ${FIELDS} FROM Opportunity WHERE Id = '${escapeSoql(dealId)}'`),
    readDeal,
    buildContact: (contactId, access) =>
      query(access, `SELECT Email, Phone, MobilePhone FROM Contact WHERE Id = '${escapeSoql(contactId)}'`),
    readContact,
  },
  poll: { everySeconds: 120, build: buildPoll, read: readPoll },
  secrets: null,
});

const VENDOR_HOST = /(^|\.)(salesforce|force|cloudforce|salesforce-setup)\.com$/;

/** The instance that a token names is called with it, so it has to be Salesforce's or where the login itself is. */
function readInstance(url: string | null, loginUrl: string): string | false {
  const instance = url === null ? null : URL.parse(url);
  if (instance === null) return false;
  const isOwn = instance.origin === new URL(loginUrl).origin;
  const isVendor = instance.protocol === 'https:' && VENDOR_HOST.test(instance.hostname);
  return isOwn || isVendor ? instance.origin : false;
}

function call(access: Access, method: HttpRequest['method'], path: string, body?: unknown): HttpRequest {
  return buildJsonRequest({
    method,
    url: `${access.token?.instanceUrl ?? access.baseUrl}${path}`,
    headers: { authorization: `Bearer ${access.token?.accessToken ?? ''}` },
    ...(body === undefined ? {} : { body }),
  });
}

const query = (access: Access, soql: string): HttpRequest =>
  call(access, 'GET', `${API}/query?${new URLSearchParams({ q: soql })}`);

/** Quotes and backslashes would end the text that they stand in. */
const escapeSoql = (text: string): string => text.replace(/['\\]/g, (character) => `\\${character}`);

/** Errors are lists: `[{message, errorCode}]`. */
function readOk(response: HttpResponse): ReturnType<typeof readAnswer> {
  if (response.status < 400) return readAnswer(response, () => null);
  let words: string | null = null;
  try {
    const errors: unknown = JSON.parse(response.body);
    const [first] = readObjects(errors);
    words = readWords(`${readText(first?.errorCode) ?? ''} ${readText(first?.message) ?? ''}`);
  } catch {
    // A proxy's page: the status alone speaks.
  }
  const isLimit = response.status === 403 && words?.startsWith('REQUEST_LIMIT_EXCEEDED') === true;
  return isLimit
    ? { kind: 'retry', reason: 'the organisation’s calls of the day are used up', retryAfterMs: 3_600_000 }
    : readTrouble(response, words);
}

function buildPush(push: Push, access: Access): PushStep {
  const { lead, progress, isRepeat } = push;
  if (progress.contactId !== null) return { kind: 'done' };
  if (lead.email === null && lead.phone === null) {
    return { kind: 'skip', reason: 'the lead has neither e-mail nor phone' };
  }
  if (isRepeat && !progress.done.includes('find lead')) {
    const [field, value] = lead.email === null ? ['Phone', lead.phone ?? ''] : ['Email', lead.email];
    const soql =
      `SELECT Id FROM Lead WHERE ${field} = '${escapeSoql(value)}' ` +
      `AND CreatedDate >= ${lead.createdAt.toISOString()} ORDER BY CreatedDate LIMIT 1`;
    return { kind: 'request', name: 'find lead', request: query(access, soql) };
  }
  const { first, last } = splitName(lead.name);
  const fields = {
    FirstName: first?.slice(0, 40),
    LastName: last.slice(0, 80),
    Company: (lead.company ?? lead.name ?? '-').slice(0, 255),
    Email: lead.email,
    Phone: lead.phone?.slice(0, 40),
    LeadSource: lead.utm.source?.slice(0, 40) ?? 'Web',
    Description: buildDescription(push),
  };
  const body = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
  return { kind: 'request', name: 'lead', request: call(access, 'POST', `${API}/sobjects/Lead`, body) };
}

function buildDescription({ lead }: Push): string {
  const { source, medium, campaign } = lead.utm;
  const origin = [source, medium, campaign].filter((part) => part !== null).join(' / ');
  const lines = [lead.message, origin && `Origin: ${origin}`, lead.pageUrl, `Rastro lead ${lead.leadId}`];
  return lines.filter(Boolean).join('\n').slice(0, 30_000);
}

function readPush(step: string, response: HttpResponse, push: Push): PushAnswer {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  const { body } = answer;
  if (step === 'find lead') {
    return Array.isArray(body.records)
      ? addStep(push.progress, step, { contactId: readText(readObjects(body.records)[0]?.Id) })
      : unreadable(response);
  }
  // HTTP 201 may carry `success: false`.
  if (body.success === false) {
    const words = readWords(readObjects(body.errors)[0]?.message) ?? 'success is false';
    return { kind: 'rejected', reason: words };
  }
  const id = readText(body.id);
  return id === null ? unreadable(response) : addStep(push.progress, step, { contactId: id });
}

function buildPoll({ since, page }: PollQuestion, access: Access): HttpRequest {
  if (page?.startsWith(`${API}/query/`)) return call(access, 'GET', page);
  const soql =
    `SELECT ${FIELDS} FROM Opportunity WHERE SystemModstamp > ${since.toISOString()} ` +
    'ORDER BY SystemModstamp, Id LIMIT 2000';
  return query(access, soql);
}

function readPoll(response: HttpResponse, access: Access): PollAnswer | CrmTrouble {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  if (!Array.isArray(answer.body.records)) return unreadable(response);
  const readings = readObjects(answer.body.records).map((record) => readOpportunity(record, access));
  return { kind: 'page', readings, next: readText(answer.body.nextRecordsUrl) };
}

function readDeal(response: HttpResponse, dealId: string, access: Access): DealAnswer {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  if (!Array.isArray(answer.body.records)) return unreadable(response);
  const record = readObjects(answer.body.records).find((one) => readText(one.Id) === dealId);
  if (!record) return { kind: 'missing', reason: 'Salesforce has no such opportunity any more' };
  return { kind: 'found', reading: readOpportunity(record, access) };
}

function readOpportunity(record: Readonly<Record<string, unknown>>, access: Access): DealReading {
  const crmStage = readText(record.StageName) ?? '';
  const closed: StageName | null = record.IsClosed === true ? (record.IsWon === true ? 'won' : 'lost') : null;
  const stage = closed ?? findStage(access.settings.stage_map ?? {}, crmStage);
  if (stage === null) return { kind: 'ignored', reason: unmapped(crmStage) };
  const contacts = readObjects(readObject(record.OpportunityContactRoles).records).map((role) =>
    readObject(role.Contact),
  );
  return {
    kind: 'change',
    change: {
      dealId: readText(record.Id),
      contactId: null,
      externalIds: [],
      emails: readTexts(contacts.map((contact) => contact.Email)),
      phones: readTexts(contacts.flatMap((contact) => [contact.Phone, contact.MobilePhone])),
      stage,
      crmStage,
      valueCents: readCents(record.Amount),
      currency: readCurrency(record.CurrencyIsoCode) ?? access.settings.currency ?? null,
      at: readMoment(record.SystemModstamp),
    },
  };
}

function readContact(response: HttpResponse): ContactAnswer {
  const answer = readOk(response);
  if (answer.kind !== 'body') return answer;
  const [record] = readObjects(answer.body.records);
  if (!record) return { kind: 'missing', reason: 'Salesforce has no such contact any more' };
  return {
    kind: 'found',
    emails: readTexts([record.Email]),
    phones: readTexts([record.Phone, record.MobilePhone]),
  };
}
