import { randomUUID } from 'node:crypto';
import {
  answer,
  postWebhook,
  startVendor,
  type VendorAnswer,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

/** A contact of the simulated RD Station. */
export interface RdContact {
  readonly uuid: string;
  readonly email: string;
  lifecycleStage: string;
  isOpportunity: boolean;
}

/** An RD Station Marketing on loopback: OAuth, conversions, contacts and their funnel, unsigned webhooks. */
export interface RdStationSimulator extends VendorServer {
  readonly contacts: ReadonlyMap<string, RdContact>;
  readonly conversions: readonly Readonly<Record<string, unknown>>[];
  makeContact(email: string): string;
  /** Changes a contact without telling anybody. */
  move(uuid: string, change: Partial<RdContact>): void;
  tell(
    uuid: string,
    url: string,
    manner?: { readonly times?: number; readonly eventType?: string },
  ): Promise<number[]>;
  /** Ends every access token; the refresh token stays good. */
  expireTokens(): void;
  refuse(isRefusing: boolean): void;
}

/** Starts it. */
export async function startRdStation(options: {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}): Promise<RdStationSimulator> {
  const books: Books = {
    contacts: new Map(),
    conversions: [],
    tokens: new Set(),
    isRefusing: false,
    ...options,
  };
  const server = await startVendor((request) => receive(books, request));
  return {
    ...server,
    contacts: books.contacts,
    conversions: books.conversions,
    makeContact: (email) => addContact(books, email).uuid,
    move: (uuid, change) => Object.assign(findContact(books, uuid), change),
    tell: (uuid, url, manner = {}) => tell(findContact(books, uuid), url, manner),
    expireTokens: () => books.tokens.clear(),
    refuse: (isRefusing) => {
      books.isRefusing = isRefusing;
    },
  };
}

interface Books {
  readonly contacts: Map<string, RdContact>;
  readonly conversions: Readonly<Record<string, unknown>>[];
  readonly tokens: Set<string>;
  isRefusing: boolean;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

function addContact(books: Books, email: string): RdContact {
  const known = [...books.contacts.values()].find((one) => one.email === email);
  if (known) return known;
  const contact = { uuid: randomUUID(), email, lifecycleStage: 'Lead', isOpportunity: false };
  books.contacts.set(contact.uuid, contact);
  return contact;
}

function findContact(books: Books, uuid: string): RdContact {
  const contact = books.contacts.get(uuid);
  if (!contact) throw new Error(`the simulated RD Station has no contact ${uuid}`);
  return contact;
}

const fail = (status: number, type: string, message: string): VendorAnswer =>
  answer(status, { errors: { error_type: type, error_message: message } });

function receive(books: Books, request: VendorRequest): VendorAnswer {
  if (request.path === '/oauth2/token') return giveToken(books, request);
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  if (books.isRefusing || !books.tokens.has(token)) {
    return fail(401, 'UNAUTHORIZED', 'Invalid token.');
  }
  if (request.path === '/marketing/account_info') return answer(200, { name: 'Conta de teste' });
  if (request.path === '/platform/events') return convert(books, request);
  const [, key = '', funnel] =
    /^\/platform\/contacts\/([^/]+)(\/funnels\/default)?$/.exec(request.path) ?? [];
  const name = decodeURIComponent(key);
  const contact = [...books.contacts.values()].find(
    (one) => one.uuid === name || `email:${one.email}` === name,
  );
  if (!contact) return fail(404, 'RESOURCE_NOT_FOUND', 'The resource could not be found');
  if (!funnel) return answer(200, { uuid: contact.uuid, email: contact.email, name: 'Contato' });
  return answer(200, {
    lifecycle_stage: contact.lifecycleStage,
    opportunity: contact.isOpportunity,
    contact_owner_email: null,
    fit: 0,
    interest: 0,
  });
}

function giveToken(books: Books, { body }: VendorRequest): VendorAnswer {
  const form = new URLSearchParams(body);
  const isGood =
    form.get('grant_type') === 'refresh_token' &&
    form.get('client_id') === books.clientId &&
    form.get('client_secret') === books.clientSecret &&
    form.get('refresh_token') === books.refreshToken;
  if (!isGood || books.isRefusing) {
    return answer(401, { error: 'invalid_grant', error_description: 'The refresh token is not valid.' });
  }
  const token = `access-${randomUUID()}`;
  books.tokens.add(token);
  return answer(200, { access_token: token, expires_in: 86_400, refresh_token: books.refreshToken });
}

function convert(books: Books, { json }: VendorRequest): VendorAnswer {
  const payload = json.payload as Readonly<Record<string, unknown>> | undefined;
  const email = payload?.email;
  if (json.event_type !== 'CONVERSION' || typeof email !== 'string' || !email.includes('@')) {
    return fail(400, 'INVALID_FORMAT', 'payload.email is not valid');
  }
  if (typeof payload?.conversion_identifier !== 'string') return fail(400, 'CANNOT_BE_NULL', 'identifier');
  books.conversions.push(payload);
  addContact(books, email);
  return answer(200, { event_uuid: randomUUID() });
}

function tell(
  contact: RdContact,
  url: string,
  manner: { readonly times?: number; readonly eventType?: string },
): Promise<number[]> {
  const body = JSON.stringify({
    event_type: manner.eventType ?? 'WEBHOOK.MARKED_OPPORTUNITY',
    entity_type: 'CONTACT',
    event_uuid: randomUUID(),
    event_timestamp: new Date().toISOString(),
    contact: { uuid: contact.uuid, email: contact.email, funnel: { name: 'default', opportunity: true } },
  });
  const headers = { 'content-type': 'application/json' };
  return postWebhook(url, { headers, body, times: manner.times ?? 1 });
}
