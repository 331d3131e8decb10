import { lookup as resolveName } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = readonly [Address, number];

/** An address that the guard keeps requests away from; its code tells it from a network failure. */
export const BLOCKED_CODE = 'RASTRO_BLOCKED';

/** Decides which addresses user-given URLs may reach; made once from the operator's exceptions. */
export interface AddressGuard {
  /** Whether a request may connect to this address; `exceptionsOnly` leaves just the operator's CIDRs. */
  mayReach(address: string, exceptionsOnly: boolean): boolean;
}

/** Builds the guard; throws on a malformed CIDR or address, which is the operator's own setting. */
export function buildAddressGuard(allowed: readonly string[]): AddressGuard {
  const exceptions = allowed.map(readCidr);
  return {
    mayReach(text, exceptionsOnly) {
      if (!ipaddr.isValid(text)) return false;
      const address = unwrap(ipaddr.parse(text));
      if (exceptions.some((cidr) => isWithin(address, cidr))) return true;
      return !exceptionsOnly && isPublic(address);
    },
  };
}

function readCidr(text: string): Cidr {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address instanceof ipaddr.IPv4 ? 32 : 128];
}

/** The IPv4 address inside an IPv4-mapped IPv6 address is what the machine connects to. */
function unwrap(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function isWithin(address: Address, [network, bits]: Cidr): boolean {
  if (address instanceof ipaddr.IPv4 && network instanceof ipaddr.IPv4) return address.match(network, bits);
  if (address instanceof ipaddr.IPv6 && network instanceof ipaddr.IPv6) return address.match(network, bits);
  return false;
}

/**
 * Only plain unicast. Everything else has a range name of its own: private, loopback, link-local (the clouds'
 * metadata), carrier NAT, multicast, reserved, and 6to4, Teredo and NAT64, which carry an IPv4 address to anywhere.
 */
function isPublic(address: Address): boolean {
  return address.range() === 'unicast' && !SITE_LOCAL.some((cidr) => isWithin(address, cidr));
}

/** Forms with an IPv4 address inside, or of old private networks, that the library takes for public. */
const SITE_LOCAL: readonly Cidr[] = ['::/96', 'fec0::/10', '64:ff9b:1::/48'].map(readCidr);

/**
 * A name look-up that leaves only addresses that may be reached. It runs at connect time, so that a name which
 * answered with a public address a moment ago and now points inside (DNS rebinding) gains nothing.
 */
export function buildGuardedLookup(guard: AddressGuard, exceptionsOnly: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const reachable = addresses.filter(({ address }) => guard.mayReach(address, exceptionsOnly));
      const [first] = reachable;
      if (!first) {
        return callback(Object.assign(new Error('address not allowed'), { code: BLOCKED_CODE }), []);
      }
      if (options.all) return callback(null, reachable);
      return callback(null, first.address, first.family);
    });
  };
}
