import type { Kysely } from 'kysely';
import type { Database } from '../io/database.gen.ts';
import type { HotStore } from './hot-store.ts';
import { readMemcachedAddress } from './memcached-address.ts';
import { readRedisAddress } from './redis-address.ts';
import { openTempStore } from './temp-store.ts';

/** Which stores are configured; the addresses have been checked. */
export interface StoresOptions {
  readonly redisUrl: string | null;
  readonly memcachedUrl: string | null;
  readonly db: Kysely<Database>;
  /** Whether other machines may work with this database: then a click is kept there where nothing else is configured. */
  readonly isShared: boolean;
}

/**
 * Opens the configured stores, in the order of the chain. With none and a database of this machine alone there are
 * none: its processes read each other's capture logs. The client of a store is loaded only where it is configured.
 */
export async function openStores({
  redisUrl,
  memcachedUrl,
  db,
  isShared,
}: StoresOptions): Promise<readonly HotStore[]> {
  const redis = redisUrl === null ? null : readRedisAddress(redisUrl);
  const memcached = memcachedUrl === null ? null : readMemcachedAddress(memcachedUrl);
  const stores: HotStore[] = [];
  if (redis) stores.push((await import('./redis-store.ts')).openRedisStore(redis));
  if (memcached) stores.push((await import('./memcached-store.ts')).openMemcachedStore(memcached));
  if (stores.length > 0 || isShared) stores.push(openTempStore(db));
  return stores;
}
