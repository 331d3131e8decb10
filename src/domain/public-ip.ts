import { buildIpMatcher } from './ip.ts';
import { readIp } from './ip-hash.ts';

// What the registries keep for private networks, machines themselves, documentation and tests: nobody is "there".
const isReserved = buildIpMatcher([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
]);

/** The canonical spelling of an address of the public internet; null for private and reserved ones, and for nonsense. */
export function readPublicIp(text: string | null): string | null {
  const ip = readIp(text);
  return ip === null || isReserved(ip) ? null : ip;
}
