import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { buildIpMatcher } from '../domain/ip.ts';
import { readIp } from '../domain/ip-hash.ts';

/** As much of a request as tells who sent it. */
export interface ForwardedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Reads the client's canonical address (IPv4-mapped IPv6 as IPv4); null if the connection is already gone. */
export type ClientIpReader = (request: ForwardedRequest) => string | null;

const MAX_HOPS = 32;

/**
 * Makes the reader for a `TRUST_PROXY`: null or 0 believes nobody's X-Forwarded-For, a number believes so many
 * hops, a list believes the proxies in its ranges. The chain is walked from the connection outward and ends at the
 * first address that is not trusted; what is no address ends it too, so a forged or broken header gains nothing.
 */
export function createClientIpReader(trustProxy: number | readonly string[] | null): ClientIpReader {
  if (trustProxy === null || trustProxy === 0) return (request) => readAddress(request.socket.remoteAddress);
  const isTrusted = typeof trustProxy === 'number' ? null : buildIpMatcher(trustProxy);
  const maxHops = typeof trustProxy === 'number' ? trustProxy : MAX_HOPS;
  return (request) => {
    let client = readAddress(request.socket.remoteAddress);
    let chain = readChain(request.headers['x-forwarded-for']);
    for (let hop = 0; hop < maxHops; hop += 1) {
      if (client === null || (isTrusted !== null && !isTrusted(client))) return client;
      const comma = chain.lastIndexOf(',');
      const next = readForwarded(chain.slice(comma + 1));
      if (next === null) return client;
      client = next;
      chain = comma === -1 ? '' : chain.slice(0, comma);
    }
    return client;
  };
}

/** The header, the nearest proxy's word last; of a bomb of entries only the end. */
function readChain(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header.join(',') : header;
  return text ? text.slice(-MAX_HOPS * 64) : '';
}

const WITH_PORT = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/;

/** Some proxies write the port too: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
function readForwarded(entry: string): string | null {
  const text = entry.trim();
  if (isIPv4(text)) return text;
  const match = WITH_PORT.exec(text);
  return readAddress(match ? (match[1] ?? match[2]) : text);
}

const MAPPED_PREFIX = '::ffff:';

/** Spares the general reader for the two forms that nearly every connection has. */
function readAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (isIPv4(text)) return text;
  if (text.startsWith(MAPPED_PREFIX)) {
    const plain = text.slice(MAPPED_PREFIX.length);
    if (isIPv4(plain)) return plain;
  }
  return readIp(text);
}
