import { randomBytes } from 'node:crypto';
import { openLogger } from '../../src/io/logger.ts';
import type { HotEntry, HotStore } from '../../src/stores/hot-store.ts';
import { readMemcachedAddress } from '../../src/stores/memcached-address.ts';
import { openMemcachedStore } from '../../src/stores/memcached-store.ts';
import { readRedisAddress } from '../../src/stores/redis-address.ts';
import { openRedisStore } from '../../src/stores/redis-store.ts';
import { StoreChain, type StoreChainOptions } from '../../src/stores/store-chain.ts';

/** Opens the store of a server of the tests'. */
export function openRedis(url: string): HotStore {
  const address = readRedisAddress(url);
  if (!address) throw new Error(`not an address of Redis: ${url}`);
  return openRedisStore(address);
}

/** Opens the store of a server of the tests'. */
export function openMemcached(url: string): HotStore {
  const address = readMemcachedAddress(url);
  if (!address) throw new Error(`not an address of Memcached: ${url}`);
  return openMemcachedStore(address);
}

/** The address of a server that the test run has started. */
export function serverUrl(variable: 'TEST_REDIS_URL' | 'TEST_MEMCACHED_URL'): string {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} is not set`);
  return url;
}

/** An entry that nobody else has. */
export function makeEntry(changes: Partial<HotEntry> = {}): HotEntry {
  const token = randomBytes(16).toString('hex');
  return {
    token,
    workspaceId: '0190a000-0000-7000-8000-000000000001',
    fbclid: `fb-${token}`,
    json: JSON.stringify({ tracking_token: token, utm_campaign: 'promoção ✓' }),
    ...changes,
  };
}

/** A chain that probes often, with a patience that a busy machine can keep. */
export function openChain(stores: readonly HotStore[], changes: Partial<StoreChainOptions> = {}): StoreChain {
  return new StoreChain({
    stores,
    ttlSeconds: 60,
    logger: openLogger('silent'),
    patience: { readMs: 250, writeMs: 500, probeEveryMs: 100 },
    ...changes,
  });
}
