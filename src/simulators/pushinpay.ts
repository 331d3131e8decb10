import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request as send } from 'undici';
import { buildBrCode } from '../domain/br-code.ts';
import { readJsonObject } from '../domain/http-message.ts';

/** A charge in the simulated PushinPay's books. */
export interface PushinPayCharge {
  /** In lower case; answers and webhooks may spell it otherwise. */
  readonly id: string;
  value: number;
  readonly webhookUrl: string | null;
  status: 'created' | 'paid' | 'canceled' | 'expired' | 'refunded';
  endToEndId: string | null;
}

/** What the next request meets instead of the ordinary answer. */
export type PushinPayFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** The request is carried out, but its answer never comes. */
  | { readonly kind: 'lost' }
  /** The request is carried out, and the connection breaks in the middle of the answer. */
  | { readonly kind: 'truncated' }
  /** A body that never ends. */
  | { readonly kind: 'endless' };

/** How webhooks are told. */
export interface WebhookManner {
  readonly as?: 'json' | 'form';
  /** The vendor does tell things twice. */
  readonly times?: number;
  readonly token?: string;
}

/** A PushinPay on loopback that answers as the vendor's facts say, error bodies included. */
export interface PushinPaySimulator {
  readonly url: string;
  readonly charges: ReadonlyMap<string, PushinPayCharge>;
  /** How many requests came, by route. */
  readonly counts: { create: number; status: number };
  /** Puts faults before the next requests, in order. */
  script(...faults: PushinPayFault[]): void;
  /** Changes a charge without telling anybody. */
  set(id: string, status: PushinPayCharge['status']): void;
  /** Makes a charge one over another amount: a gateway that is wrong, or bought. */
  reprice(id: string, cents: number): void;
  /** Tells of a charge by webhook, its id in capitals; returns the answers' status codes. */
  tell(id: string, manner?: WebhookManner): Promise<number[]>;
  close(): Promise<void>;
}

/** Starts the simulator on a free port, or on `port`. */
export async function startPushinPay(options: {
  readonly token: string;
  readonly webhookToken: string;
  readonly port?: number;
}): Promise<PushinPaySimulator> {
  const books: Books = {
    charges: new Map(),
    faults: [],
    counts: { create: 0, status: 0 },
    token: options.token,
  };
  const server = createServer((request, response) => {
    receive(books, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    charges: books.charges,
    counts: books.counts,
    script: (...faults) => books.faults.push(...faults),
    set: (id, status) => setStatus(books, id, status),
    reprice: (id, cents) => {
      findCharge(books, id).value = cents;
    },
    tell: (id, manner) => tell(books, id, { token: options.webhookToken, ...manner }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Books {
  readonly charges: Map<string, PushinPayCharge>;
  readonly faults: PushinPayFault[];
  readonly counts: { create: number; status: number };
  readonly token: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

async function receive(books: Books, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const fault = books.faults.shift();
  const ordinary = answer(books, request, Buffer.concat(chunks).toString('utf8'));
  switch (fault?.kind) {
    case 'lost':
      return;
    case 'truncated':
      return truncate(response, ordinary);
    case 'endless':
      return pour(response);
    case 'answer':
      return write(response, fault);
    default:
      return write(response, ordinary);
  }
}

function write(response: ServerResponse, given: Answer): void {
  response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers });
  response.end(given.body);
}

function truncate(response: ServerResponse, given: Answer): void {
  response.writeHead(given.status, { 'content-type': 'application/json' });
  response.end(given.body.slice(0, given.body.length / 2));
}

function pour(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}

function answer(books: Books, request: IncomingMessage, body: string): Answer {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const id = /^\/api\/transactions?\/([\w-]+)$/.exec(path)?.[1];
  if (path === '/api/pix/cashIn') books.counts.create += 1;
  if (id) books.counts.status += 1;
  if (request.headers.authorization !== `Bearer ${books.token}`)
    return json(401, { message: 'Unauthenticated.' });
  if (request.method === 'POST' && path === '/api/pix/cashIn') return create(books, body);
  const charge = request.method === 'GET' && id ? books.charges.get(id.toLowerCase()) : undefined;
  return charge ? json(200, describe(charge)) : json(404, { message: 'Transação não encontrada' });
}

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) });

function create(books: Books, text: string): Answer {
  const body = readJsonObject(text);
  const value = body?.value;
  if (typeof value !== 'number' || !Number.isInteger(value))
    return refuse('The value field must be an integer.');
  if (value < 50) return refuse('The value field must be at least 50.');
  const charge: PushinPayCharge = {
    id: randomUUID(),
    value,
    webhookUrl: typeof body?.webhook_url === 'string' ? body.webhook_url : null,
    status: 'created',
    endToEndId: null,
  };
  books.charges.set(charge.id, charge);
  return json(200, {
    ...describe(charge),
    qr_code: buildCode(charge),
    qr_code_base64: `data:image/png;base64,${PIXEL}`,
  });
}

const refuse = (message: string): Answer => json(422, { message, errors: { value: [message] } });

function describe(charge: PushinPayCharge) {
  return {
    id: charge.id,
    status: charge.status,
    value: charge.value,
    webhook_url: charge.webhookUrl,
    split_rules: [],
    end_to_end_id: charge.endToEndId,
    payer_name: charge.status === 'paid' ? 'PESSOA DE TESTE' : null,
    payer_national_registration: null,
  };
}

function buildCode(charge: PushinPayCharge): string {
  const code = buildBrCode({
    use: 'single_use',
    key: null,
    description: null,
    withdrawalAgent: null,
    url: `pix.example.com/qr/v2/${charge.id}`,
    recurrenceUrl: null,
    amountCents: null,
    merchantName: 'PUSHIN PAY SIMULADO',
    merchantCity: 'SAO PAULO',
    txid: null,
  });
  return code.kind === 'built' ? code.text : '';
}

/** One white pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=';

function setStatus(books: Books, id: string, status: PushinPayCharge['status']): void {
  const charge = findCharge(books, id);
  charge.status = status;
  if (status === 'paid') charge.endToEndId ??= `E00000000${randomUUID().replaceAll('-', '').slice(0, 23)}`;
}

function findCharge(books: Books, id: string): PushinPayCharge {
  const charge = books.charges.get(id);
  if (!charge) throw new Error(`the simulated PushinPay has no charge ${id}`);
  return charge;
}

async function tell(books: Books, id: string, manner: WebhookManner): Promise<number[]> {
  const charge = books.charges.get(id);
  if (!charge?.webhookUrl) return [];
  const isForm = manner.as === 'form';
  const facts = {
    id: id.toUpperCase(),
    value: String(charge.value),
    status: charge.status,
    end_to_end_id: charge.endToEndId ?? '',
  };
  const statuses: number[] = [];
  for (let time = 0; time < (manner.times ?? 1); time += 1) {
    const { statusCode, body } = await send(charge.webhookUrl, {
      method: 'POST',
      headers: {
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        'x-pushinpay-token': manner.token ?? '',
      },
      body: isForm ? new URLSearchParams(facts).toString() : JSON.stringify(facts),
      headersTimeout: 2_000,
    });
    await body.dump();
    statuses.push(statusCode);
  }
  return statuses;
}
