import { randomUUID } from 'node:crypto';
import {
  answer,
  postWebhook,
  startVendor,
  type VendorAnswer,
  type VendorRequest,
  type VendorServer,
} from './vendor-server.ts';

/** A deal of the simulated Pipedrive. */
export interface PipedriveDeal {
  readonly id: number;
  title: string;
  status: string;
  stage_id: number;
  pipeline_id: number;
  person_id: number;
  value: number;
  currency: string;
  update_time: string;
}

/** A person of it. */
export interface PipedrivePerson {
  readonly id: number;
  readonly name: string;
  readonly emails: readonly { readonly value: string }[];
  readonly phones: readonly { readonly value: string }[];
}

/** How webhooks are told. */
export interface PipedriveManner {
  readonly times?: number;
  readonly password?: string;
  readonly entity?: string;
  readonly changeSource?: 'app' | 'api';
}

/** A Pipedrive on loopback that answers as the vendor does: `success` in the body, v2 webhooks with Basic authentication. */
export interface PipedriveSimulator extends VendorServer {
  readonly persons: ReadonlyMap<number, PipedrivePerson>;
  readonly deals: ReadonlyMap<number, PipedriveDeal>;
  makeDeal(email: string): string;
  /** Changes a deal without telling anybody. */
  move(dealId: string, change: Partial<PipedriveDeal>): void;
  tell(dealId: string, url: string, manner?: PipedriveManner): Promise<number[]>;
  refuse(isRefusing: boolean): void;
}

/** Starts it. */
export async function startPipedrive(options: {
  readonly token: string;
  readonly user: string;
  readonly password: string;
}): Promise<PipedriveSimulator> {
  const books: Books = { persons: new Map(), deals: new Map(), next: 1, isRefusing: false };
  const server = await startVendor((request) => receive(books, request, options.token));
  return {
    ...server,
    persons: books.persons,
    deals: books.deals,
    makeDeal: (email) => {
      const person = addPerson(books, { name: 'Alguém', emails: [{ value: email }], phones: [] });
      return String(addDeal(books, { title: 'Negócio', person_id: person.id }).id);
    },
    move: (dealId, change) => {
      const deal = findDeal(books, dealId);
      Object.assign(deal, change, { update_time: new Date().toISOString() });
    },
    tell: (dealId, url, manner = {}) => tell(findDeal(books, dealId), url, { ...options, ...manner }),
    refuse: (isRefusing) => {
      books.isRefusing = isRefusing;
    },
  };
}

interface Books {
  readonly persons: Map<number, PipedrivePerson>;
  readonly deals: Map<number, PipedriveDeal>;
  next: number;
  isRefusing: boolean;
}

function addPerson(books: Books, person: Omit<PipedrivePerson, 'id'>): PipedrivePerson {
  books.next += 1;
  const made = { id: books.next, ...person };
  books.persons.set(made.id, made);
  return made;
}

function addDeal(books: Books, deal: Pick<PipedriveDeal, 'title' | 'person_id'>): PipedriveDeal {
  books.next += 1;
  const made = {
    id: books.next,
    status: 'open',
    stage_id: 1,
    pipeline_id: 1,
    value: 0,
    currency: 'BRL',
    update_time: new Date().toISOString(),
    ...deal,
  };
  books.deals.set(made.id, made);
  return made;
}

function findDeal(books: Books, id: string): PipedriveDeal {
  const deal = books.deals.get(Number(id));
  if (!deal) throw new Error(`the simulated Pipedrive has no deal ${id}`);
  return deal;
}

const ok = (status: number, data: unknown, more = {}): VendorAnswer =>
  answer(status, { success: true, data, additional_data: more });
const fail = (status: number, error: string): VendorAnswer =>
  answer(status, { success: false, error, error_info: 'See https://developers.pipedrive.com', data: null });

function receive(books: Books, request: VendorRequest, token: string): VendorAnswer {
  if (books.isRefusing || request.headers['x-api-token'] !== token) return fail(401, 'unauthorized access');
  const [, kind, rest] = /^\/api\/v2\/(persons|deals)(?:\/(.+))?$/.exec(request.path) ?? [];
  if (kind === undefined) return fail(404, 'Not found');
  if (rest === 'search') return search(books, kind, request);
  if (request.method === 'POST') return create(books, kind, request);
  if (rest === undefined) return list(books, request);
  const found = kind === 'deals' ? books.deals.get(Number(rest)) : books.persons.get(Number(rest));
  return found ? ok(200, found) : fail(404, `${kind} not found`);
}

function create(books: Books, kind: string, { json }: VendorRequest): VendorAnswer {
  if (kind === 'persons') {
    if (typeof json.name !== 'string' || json.name === '') return fail(400, 'Name must be given.');
    const list = (value: unknown) => (Array.isArray(value) ? (value as { value: string }[]) : []);
    return ok(
      201,
      addPerson(books, { name: json.name, emails: list(json.emails), phones: list(json.phones) }),
    );
  }
  if (typeof json.title !== 'string') return fail(400, 'Validation failed: title: Required');
  return ok(201, addDeal(books, { title: json.title, person_id: Number(json.person_id) }));
}

function search(books: Books, kind: string, { query }: VendorRequest): VendorAnswer {
  const term = query.get('term') ?? '';
  const isMatch = (one: PipedriveDeal | PipedrivePerson): boolean =>
    'title' in one
      ? one.title.includes(term)
      : [...one.emails, ...one.phones].some(({ value }) => value.toLowerCase() === term.toLowerCase());
  const all = kind === 'deals' ? [...books.deals.values()] : [...books.persons.values()];
  const items = all.filter(isMatch).map((item) => ({ result_score: 1, item: { id: item.id } }));
  return ok(200, { items: items.slice(0, Number(query.get('limit') ?? 10)) });
}

function list(books: Books, { query }: VendorRequest): VendorAnswer {
  const since = query.get('updated_since') ?? '';
  const from = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  const found = [...books.deals.values()].filter((deal) => deal.update_time >= since);
  const isMore = from + limit < found.length;
  return ok(200, found.slice(from, from + limit), { next_cursor: isMore ? String(from + limit) : null });
}

function tell(
  deal: PipedriveDeal,
  url: string,
  manner: PipedriveManner & { readonly user: string; readonly password: string },
): Promise<number[]> {
  const body = JSON.stringify({
    data: deal,
    previous: { status: 'open', update_time: deal.update_time },
    meta: {
      action: 'change',
      entity: manner.entity ?? 'deal',
      entity_id: String(deal.id),
      version: '2.0',
      id: randomUUID(),
      attempt: 1,
      change_source: manner.changeSource ?? 'app',
      timestamp: deal.update_time,
    },
  });
  const authorization = `Basic ${Buffer.from(`${manner.user}:${manner.password}`).toString('base64')}`;
  const headers = { 'content-type': 'application/json', authorization };
  return postWebhook(url, { headers, body, times: manner.times ?? 1 });
}
