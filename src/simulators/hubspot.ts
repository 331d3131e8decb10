import { createHmac } from 'node:crypto';
import {
  answer,
  postWebhook,
  startVendor,
  type VendorAnswer,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

/** A record of the simulated HubSpot. */
export interface HubspotRecord {
  readonly id: string;
  readonly properties: Record<string, string>;
  /** Contacts of a deal. */
  readonly contacts: string[];
  updatedAt: number;
}

/** A HubSpot on loopback that answers as the vendor does, error bodies included. */
export interface HubspotSimulator extends VendorServer {
  readonly contacts: ReadonlyMap<string, HubspotRecord>;
  readonly deals: ReadonlyMap<string, HubspotRecord>;
  /** A contact and a deal that people made there themselves. */
  makeDeal(contact: Readonly<Record<string, string>>): string;
  /** Changes a deal without telling anybody. */
  move(dealId: string, properties: Readonly<Record<string, string>>): void;
  /** Tells of a deal by webhook. */
  tell(dealId: string, url: string, manner?: HubspotManner): Promise<number[]>;
  /** Sends any body, signed. */
  tellRaw(url: string, body: string, at: number): Promise<number[]>;
  /** Refuses every token from now on, or takes them again. */
  refuse(isRefusing: boolean): void;
}

/** How webhooks are told. */
export interface HubspotManner {
  readonly times?: number;
  readonly secret?: string;
  readonly subscriptionType?: string;
  readonly at?: number;
}

/** Starts it. */
export async function startHubspot(options: {
  readonly token: string;
  readonly clientSecret: string;
}): Promise<HubspotSimulator> {
  const books: Books = { contacts: new Map(), deals: new Map(), next: 101, events: 1, isRefusing: false };
  const server = await startVendor((request) => receive(books, request, options.token));
  const makeDeal = (contact: Readonly<Record<string, string>>): string => {
    const person = add(books.contacts, books, contact);
    const deal = add(books.deals, books, {
      dealname: 'Novo',
      pipeline: 'default',
      dealstage: 'appointmentscheduled',
    });
    deal.contacts.push(person.id);
    return deal.id;
  };
  return {
    ...server,
    contacts: books.contacts,
    deals: books.deals,
    makeDeal,
    move: (dealId, properties) => change(find(books.deals, dealId), properties),
    tell: (dealId, url, manner) => tell(books, { dealId, url, secret: options.clientSecret, ...manner }),
    tellRaw: (url, body, at) => postSigned({ url, body, at, secret: options.clientSecret, times: 1 }),
    refuse: (isRefusing) => {
      books.isRefusing = isRefusing;
    },
  };
}

interface Books {
  readonly contacts: Map<string, HubspotRecord>;
  readonly deals: Map<string, HubspotRecord>;
  next: number;
  events: number;
  isRefusing: boolean;
}

function add(
  records: Map<string, HubspotRecord>,
  books: Books,
  properties: Readonly<Record<string, string>>,
): HubspotRecord {
  books.next += 1;
  const record = {
    id: String(books.next),
    properties: { ...properties },
    contacts: [],
    updatedAt: Date.now(),
  };
  records.set(record.id, record);
  return record;
}

function find(records: Map<string, HubspotRecord>, id: string): HubspotRecord {
  const record = records.get(id);
  if (!record) throw new Error(`the simulated HubSpot has no record ${id}`);
  return record;
}

function change(record: HubspotRecord, properties: Readonly<Record<string, string>>): void {
  Object.assign(record.properties, properties);
  record.updatedAt = Math.max(Date.now(), record.updatedAt + 1);
  const stage = record.properties.dealstage;
  record.properties.hs_is_closed = String(stage === 'closedwon' || stage === 'closedlost');
  record.properties.hs_is_closed_won = String(stage === 'closedwon');
}

const error = (status: number, category: string, message: string): VendorAnswer =>
  answer(status, { status: 'error', message, correlationId: 'c0ffee', category });

function receive(books: Books, request: VendorRequest, token: string): VendorAnswer {
  if (books.isRefusing || request.headers.authorization !== `Bearer ${token}`) {
    return error(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.');
  }
  const [, kind, id] = /^\/crm\/v3\/objects\/(contacts|deals)(?:\/(.+))?$/.exec(request.path) ?? [];
  if (kind === undefined) return error(404, 'OBJECT_NOT_FOUND', 'resource not found');
  const records = kind === 'deals' ? books.deals : books.contacts;
  if (request.method === 'POST') {
    if (id === 'batch/upsert') return upsert(books, request);
    if (id === 'search') return search(records, request);
    return id === undefined ? create(books, records, request) : error(405, 'X', 'Method not allowed');
  }
  if (id === undefined) return answer(200, { results: [...records.values()].slice(0, 1).map(show) });
  const record = records.get(id);
  if (!record) return error(404, 'OBJECT_NOT_FOUND', 'resource not found');
  if (request.method === 'PATCH') change(record, readProperties(request.json));
  return answer(200, show(record));
}

function readProperties(json: unknown): Record<string, string> {
  if (typeof json !== 'object' || json === null || !('properties' in json)) return {};
  return Object.fromEntries(
    Object.entries(json.properties ?? {}).map(([key, value]) => [key, String(value)]),
  );
}

function upsert(books: Books, { json }: VendorRequest): VendorAnswer {
  const [input] = Array.isArray(json.inputs) ? (json.inputs as Record<string, unknown>[]) : [];
  const email = String(input?.id);
  if (input?.idProperty !== 'email' || !email.includes('@')) {
    return error(400, 'VALIDATION_ERROR', `Property values were not valid: email ${email}`);
  }
  const known = [...books.contacts.values()].find((one) => one.properties.email === email);
  const record = known ?? add(books.contacts, books, {});
  Object.assign(record.properties, readProperties(input), { email });
  return answer(200, { status: 'COMPLETE', results: [{ ...show(record), new: known === undefined }] });
}

function create(books: Books, records: Map<string, HubspotRecord>, { json }: VendorRequest): VendorAnswer {
  const properties = readProperties(json);
  if (records === books.deals && !properties.dealstage) {
    return error(400, 'VALIDATION_ERROR', 'Property values were not valid: dealstage is required');
  }
  const record = add(records, books, properties);
  const links = Array.isArray(json.associations) ? (json.associations as { to?: { id?: unknown } }[]) : [];
  record.contacts.push(...links.map((link) => String(link.to?.id)));
  return answer(201, show(record));
}

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value: string;
}

function search(records: Map<string, HubspotRecord>, { json }: VendorRequest): VendorAnswer {
  const [group] = json.filterGroups as { filters: Filter[] }[];
  const matches = (record: HubspotRecord): boolean =>
    (group?.filters ?? []).every((filter) =>
      filter.operator === 'GTE'
        ? record.updatedAt >= Number(filter.value)
        : record.properties[filter.propertyName] === filter.value,
    );
  const found = [...records.values()].filter(matches).sort((a, b) => a.updatedAt - b.updatedAt);
  const from = Number(json.after ?? 0);
  const limit = Number(json.limit ?? 10);
  const page = found.slice(from, from + limit);
  const isMore = from + limit < found.length;
  return answer(200, {
    total: found.length,
    // A search never tells what a record is associated with.
    results: page.map((record) => ({ ...show(record), associations: undefined })),
    ...(isMore ? { paging: { next: { after: String(from + limit) } } } : {}),
  });
}

function show(record: HubspotRecord) {
  const at = new Date(record.updatedAt).toISOString();
  return {
    id: record.id,
    properties: { ...record.properties, hs_lastmodifieddate: at },
    updatedAt: at,
    archived: false,
    associations: { contacts: { results: record.contacts.map((id) => ({ id, type: 'deal_to_contact' })) } },
  };
}

async function tell(
  books: Books,
  telling: HubspotManner & { readonly dealId: string; readonly url: string; readonly secret: string },
): Promise<number[]> {
  books.events += 1;
  const at = telling.at ?? Date.now();
  const event = {
    eventId: books.events,
    subscriptionId: 12,
    portalId: 62_515,
    appId: 54,
    occurredAt: at,
    subscriptionType: telling.subscriptionType ?? 'deal.propertyChange',
    attemptNumber: 0,
    objectId: Number(telling.dealId),
    propertyName: 'dealstage',
    propertyValue: books.deals.get(telling.dealId)?.properties.dealstage ?? '',
    changeSource: 'CRM_UI',
  };
  const { url, secret, times = 1 } = telling;
  return postSigned({ url, body: JSON.stringify([event]), at, secret, times });
}

function postSigned(message: {
  readonly url: string;
  readonly body: string;
  readonly at: number;
  readonly secret: string;
  readonly times: number;
}): Promise<number[]> {
  const timestamp = String(message.at);
  const signature = createHmac('sha256', message.secret)
    .update(`POST${message.url}${message.body}${timestamp}`)
    .digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-hubspot-request-timestamp': timestamp,
    'x-hubspot-signature-v3': signature,
  };
  return postWebhook(message.url, { headers, body: message.body, times: message.times });
}
