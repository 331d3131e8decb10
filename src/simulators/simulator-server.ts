import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from '../domain/http-message.ts';
import type { SimulatedAnswer } from './vendor-simulator.ts';

/** Anything that answers requests as a vendor does. */
export interface Answering {
  answer(request: HttpRequest): SimulatedAnswer;
}

/** A simulator behind a port of the loopback interface. */
export interface ListeningSimulator {
  /** Base URL without a trailing slash: what the vendor’s variable is to be. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a simulated vendor on `port` (0 = a free one) of 127.0.0.1. */
export async function listenSimulator(simulator: Answering, port = 0): Promise<ListeningSimulator> {
  const server = createServer((request, response) => {
    serve(simulator, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: chosen } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${chosen}`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function serve(simulator: Answering, request: IncomingMessage, response: ServerResponse) {
  const answer = simulator.answer(await readRequest(request));
  if (answer.delayMs > 0) await sleep(answer.delayMs);
  if (answer.fault) return breakOff(answer, request, response);
  response.writeHead(answer.response.status, { ...answer.response.headers });
  response.end(answer.response.body);
}

async function readRequest(request: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method === 'GET' ? 'GET' : 'POST',
    url: `http://simulator${request.url ?? '/'}`,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

const ENDLESS_CHUNK = 'x'.repeat(64 * 1024);

function breakOff(answer: SimulatedAnswer, request: IncomingMessage, response: ServerResponse): void {
  const { body, status } = answer.response;
  if (answer.fault === 'hang_up') {
    request.socket.destroy();
  } else if (answer.fault === 'truncated') {
    response.writeHead(status, { 'content-length': body.length });
    response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
  } else {
    const timer = setInterval(() => response.write(ENDLESS_CHUNK), 5);
    response.on('close', () => clearInterval(timer));
  }
}
