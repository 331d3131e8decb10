import { randomUUID } from 'node:crypto';
import {
  answer,
  startVendor,
  type VendorAnswer,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

/** An opportunity of the simulated Salesforce. */
export interface SalesforceOpportunity {
  readonly id: string;
  stageName: string;
  isWon: boolean;
  isClosed: boolean;
  amount: number | null;
  readonly email: string;
  changedAt: number;
}

/** A Salesforce on loopback: OAuth with the instance's address, Leads, and SOQL as our adapter asks it. */
export interface SalesforceSimulator extends VendorServer {
  readonly leads: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  makeOpportunity(email: string): string;
  /** Changes an opportunity; nobody is told. */
  move(id: string, change: Partial<SalesforceOpportunity>): void;
  expireTokens(): void;
  refuse(isRefusing: boolean): void;
  /** The address that the next tokens are for; null = this server's own. */
  moveInstance(url: string | null): void;
}

/** Starts it. */
export async function startSalesforce(options: {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}): Promise<SalesforceSimulator> {
  const books: Books = {
    leads: new Map(),
    opportunities: new Map(),
    tokens: new Set(),
    isRefusing: false,
    instance: null,
    ...options,
  };
  const server = await startVendor((request) => receive(books, request));
  return {
    ...server,
    leads: books.leads,
    makeOpportunity: (email) => {
      const id = `006${randomUUID().replaceAll('-', '').slice(0, 15)}`;
      const open = { id, stageName: 'Prospecting', isWon: false, isClosed: false, amount: null };
      books.opportunities.set(id, { ...open, email, changedAt: Date.now() });
      return id;
    },
    move: (id, change) => {
      const found = books.opportunities.get(id);
      if (!found) throw new Error(`the simulated Salesforce has no opportunity ${id}`);
      Object.assign(found, change, { changedAt: Math.max(Date.now(), found.changedAt + 1) });
    },
    expireTokens: () => books.tokens.clear(),
    refuse: (isRefusing) => {
      books.isRefusing = isRefusing;
    },
    moveInstance: (url) => {
      books.instance = url;
    },
  };
}

interface Books {
  readonly leads: Map<string, Readonly<Record<string, unknown>>>;
  readonly opportunities: Map<string, SalesforceOpportunity>;
  readonly tokens: Set<string>;
  isRefusing: boolean;
  instance: string | null;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

const fail = (status: number, errorCode: string, message: string): VendorAnswer =>
  answer(status, [{ errorCode, message }]);

function receive(books: Books, request: VendorRequest): VendorAnswer {
  if (request.path === '/services/oauth2/token') return giveToken(books, request);
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  if (books.isRefusing || !books.tokens.has(token)) {
    return fail(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }
  const path = request.path.replace(/^\/services\/data\/v\d+\.0/, '');
  if (path === '/limits') return answer(200, { DailyApiRequests: { Max: 15_000, Remaining: 14_998 } });
  if (path === '/query') return query(books, request.query.get('q') ?? '');
  if (path === '/sobjects/Lead' && request.method === 'POST') return createLead(books, request);
  return fail(404, 'NOT_FOUND', 'The requested resource does not exist');
}

function giveToken(books: Books, { body, headers }: VendorRequest): VendorAnswer {
  const form = new URLSearchParams(body);
  const isGood =
    form.get('client_id') === books.clientId &&
    form.get('client_secret') === books.clientSecret &&
    form.get('refresh_token') === books.refreshToken;
  if (!isGood || books.isRefusing) {
    return answer(400, { error: 'invalid_grant', error_description: 'expired access/refresh token' });
  }
  const token = `00D${randomUUID()}`;
  books.tokens.add(token);
  return answer(200, { access_token: token, instance_url: books.instance ?? `http://${headers.host}` });
}

function createLead(books: Books, { json }: VendorRequest): VendorAnswer {
  for (const field of ['LastName', 'Company']) {
    if (!json[field]) return fail(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${field}]`);
  }
  const id = `00Q${randomUUID().replaceAll('-', '').slice(0, 15)}`;
  books.leads.set(id, json);
  return answer(201, { id, success: true, errors: [] });
}

/** Understands the questions of our adapter and no others. */
function query(books: Books, soql: string): VendorAnswer {
  const records = (found: readonly unknown[]) =>
    answer(200, { totalSize: found.length, done: true, records: found });
  const text = /= '((?:[^'\\]|\\.)*)'/.exec(soql)?.[1]?.replace(/\\(.)/g, '$1');
  const opportunities = [...books.opportunities.values()];
  if (soql.includes('FROM Opportunity WHERE Id =')) {
    return records(opportunities.filter((one) => one.id === text).map(show));
  }
  const since = /FROM Opportunity WHERE SystemModstamp > (\S+)/.exec(soql)?.[1];
  if (since !== undefined) {
    return records(opportunities.filter((one) => one.changedAt > Date.parse(since)).map(show));
  }
  if (soql.includes('FROM Lead WHERE')) {
    const leads = [...books.leads].filter(([, lead]) => lead.Email === text || lead.Phone === text);
    return records(leads.map(([Id]) => ({ Id })));
  }
  return fail(400, 'MALFORMED_QUERY', `unexpected token: ${soql.slice(0, 40)}`);
}

const show = (one: SalesforceOpportunity) => ({
  Id: one.id,
  StageName: one.stageName,
  IsWon: one.isWon,
  IsClosed: one.isClosed,
  Amount: one.amount,
  SystemModstamp: new Date(one.changedAt).toISOString().replace('Z', '+0000'),
  OpportunityContactRoles: {
    totalSize: 1,
    done: true,
    records: [{ Contact: { Email: one.email, Phone: null, MobilePhone: null } }],
  },
});
