import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readJsonObject } from '../domain/http-message.ts';

/** A request as a simulated vendor sees it. */
export interface VendorRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as a JSON object; empty if it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Its answer. */
export interface VendorAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the next request meets instead of the ordinary answer. */
export type VendorFault =
  /** Nothing: this request is answered as ever. */
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** The request is carried out, but its answer never comes. */
  | { readonly kind: 'lost' }
  /** The request is carried out, and the connection breaks in the middle of the answer. */
  | { readonly kind: 'truncated' };

/** A vendor on loopback. */
export interface VendorServer {
  readonly url: string;
  readonly requests: readonly VendorRequest[];
  /** Puts faults before the next requests, in order. */
  script(...faults: VendorFault[]): void;
  /** Forgets the faults that nothing has met. */
  calm(): void;
  close(): Promise<void>;
}

/** An answer as JSON. */
export const answer = (status: number, body: unknown): VendorAnswer => ({ status, body });

/** Starts a vendor on a free port. */
export async function startVendor(answerTo: (request: VendorRequest) => VendorAnswer): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  const faults: VendorFault[] = [];
  const receive = async (raw: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of raw) chunks.push(chunk as Buffer);
    const request = readRequest(raw, Buffer.concat(chunks).toString('utf8'));
    requests.push(request);
    const fault = faults.shift();
    if (fault?.kind === 'answer') return send(response, fault.status, fault.body, fault.headers);
    const ordinary = answerTo(request);
    const text = typeof ordinary.body === 'string' ? ordinary.body : JSON.stringify(ordinary.body);
    if (fault?.kind === 'lost') return void raw.socket.destroy();
    const isHalf = fault?.kind === 'truncated';
    send(response, ordinary.status, isHalf ? text.slice(0, text.length / 2) : text, ordinary.headers);
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    script: (...given) => void faults.push(...given),
    calm: () => void faults.splice(0),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function readRequest(raw: IncomingMessage, body: string): VendorRequest {
  const [path = '', query = ''] = (raw.url ?? '').split('?', 2);
  const { method = 'GET', headers } = raw;
  return { method, path, query: new URLSearchParams(query), headers, body, json: readJsonObject(body) ?? {} };
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

/** POSTs a webhook as a vendor does, so many times; the answers' status codes. */
export async function postWebhook(
  url: string,
  message: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly times?: number;
  },
): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < (message.times ?? 1); time += 1) {
    const response = await fetch(url, { method: 'POST', headers: message.headers, body: message.body });
    await response.arrayBuffer();
    statuses.push(response.status);
  }
  return statuses;
}
