import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The one spelling of an address: IPv6 compressed and in lower case, IPv4-mapped IPv6 as IPv4, without a zone.
 * Null when it is no address.
 */
export function readIp(text: string | null): string | null {
  const family = text === null ? 0 : isIP(text);
  if (text === null || family === 0) return null;
  if (family === 4) return text;
  const [address = ''] = text.split('%');
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = MAPPED.exec(compressed);
  return mapped ? buildIpv4(mapped[1] ?? '', mapped[2] ?? '') : compressed;
}

function buildIpv4(high: string, low: string): string {
  const bytes = [high, low]
    .map((part) => Number.parseInt(part, 16))
    .flatMap((part) => [part >> 8, part & 255]);
  return bytes.join('.');
}

/** First 16 hex digits of HMAC-SHA-256 of the canonical address; null when it is no address. */
export function buildIpHash(salt: string, ip: string | null): string | null {
  const canonical = readIp(ip);
  if (canonical === null) return null;
  return createHmac('sha256', salt).update(canonical).digest('hex').slice(0, 16);
}
