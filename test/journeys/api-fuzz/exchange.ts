import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { PLANTED_MARKUP } from './odd-values.ts';

/** A request as its bytes go out: nothing is mended on the way. */
export interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const TIMEOUT_MS = 60_000;

/** Sends requests over a few open connections; close it at the end. */
export class Sender {
  readonly #base: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(url: string) {
    this.#base = new URL(url);
  }

  /** Rejects if the connection breaks or nothing comes for a minute. */
  send({ method, path, headers = {}, body }: Attempt): Promise<Reply> {
    const { hostname, port } = this.#base;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const all = { ...headers, ...(bytes ? { 'content-length': String(bytes.length) } : {}) };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { hostname, port, method, path, headers: all, agent: this.#agent, timeout: TIMEOUT_MS },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What is wrong with an answer; null if nothing is. `types` are the documented ones of its status, if it has any. */
export function findFault(
  { status, headers, text }: Reply,
  types: readonly string[] | undefined,
): string | null {
  const type = headers['content-type'] ?? '';
  if (text.includes('A value cannot be stored')) return 'was only refused by the database';
  if (status >= 500 && !isNoBot(status, headers, text)) return `answered ${status}: ${text.slice(0, 300)}`;
  if (type.startsWith('text/html') && PLANTED_MARKUP.test(text)) {
    const at = text.search(PLANTED_MARKUP);
    return `planted markup stands in the page: ${text.slice(Math.max(0, at - 60), at + 60)}`;
  }
  if (headers['set-cookie']?.some((cookie) => cookie.startsWith('planted')))
    return 'a planted header came back';
  if (types && types.length > 0 && !types.some((one) => type.startsWith(one))) {
    return `answered ${status} as "${type}" instead of ${types.join(' or ')}`;
  }
  return type.includes('json') && !isJson(text) ? `is no JSON: ${text.slice(0, 100)}` : null;
}

/** The page of a pool whose bots are all off: documented, and made so by a change. */
const isNoBot = (status: number, headers: IncomingHttpHeaders, text: string): boolean =>
  status === 503 && headers['retry-after'] !== undefined && text.startsWith('<!doctype html>');

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
