import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbound } from '../io/outbound.ts';
import type { TelegramSimulator } from './telegram.ts';
import type { PushWebhook } from './telegram-updates.ts';

/** A simulated Telegram behind a port of the loopback interface. */
export interface ListeningTelegram {
  /** Base URL without a trailing slash: what `TELEGRAM_API_URL` is to be. */
  readonly url: string;
  close(): Promise<void>;
}

/** Telegram gives up on a webhook after a minute; ours answer at once or are broken. */
const WEBHOOK_TIMEOUT_MS = 10_000;

/** Calls webhooks through the program's one way out. */
export function buildWebhookPush(outbound: Pick<Outbound, 'send'>): PushWebhook {
  return async (url, headers, body) => {
    const request = { method: 'POST', url, headers, body } as const;
    const result = await outbound.send(request, { timeoutMs: WEBHOOK_TIMEOUT_MS, trust: 'vendor' });
    if (result.kind === 'failure') return null;
    const wait = Number(result.response.headers['retry-after']);
    return { status: result.response.status, retryAfterSeconds: wait > 0 ? wait : null };
  };
}

/** Serves the simulated Bot API on `port` (0 = a free one) of 127.0.0.1. */
export async function listenTelegram(simulator: TelegramSimulator, port = 0): Promise<ListeningTelegram> {
  const server = createServer((request, response) => {
    serve(simulator, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}`,
    close: () => {
      simulator.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(simulator: TelegramSimulator, request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const answer = await simulator.answer({
    path: request.url ?? '/',
    contentType: request.headers['content-type'] ?? '',
    body: Buffer.concat(chunks),
  });
  if (answer.fault === 'silent') return;
  if (answer.fault === 'lost') return void request.socket.destroy();
  if (answer.delayMs > 0) await sleep(answer.delayMs);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(answer.body);
}
