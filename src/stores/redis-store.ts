import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { fbclidKey, type HotEntry, type HotStore, PROBE_KEY, tokenKey } from './hot-store.ts';
import type { RedisAddress } from './redis-address.ts';

const CONNECT_MS = 2_000;
/** Nothing heard for this long although probes ask every second: the connection is dead, whatever TCP thinks. */
const SILENCE_MS = 10_000;
const PROBE_SECONDS = 5;

const reconnectMs = (attempt: number): number => Math.min(attempt * 100, 1_000);

/** What is not connected fails at once, and is not told again: the chain has other stores. */
const OPTIONS = {
  connectTimeout: CONNECT_MS,
  socketTimeout: SILENCE_MS,
  keepAlive: SILENCE_MS,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: true,
  maxRetriesPerRequest: 0,
} as const satisfies RedisOptions;

/** Opens Redis: one server, the master that the sentinels name, or a cluster. It connects by itself, again and again. */
export function openRedisStore(address: RedisAddress): HotStore {
  const client = connect(address);
  // Without a listener an outage would end the process; the breaker and the status tell of it.
  client.on('error', () => undefined);
  return {
    name: 'redis',
    get: (token) => client.get(tokenKey(token)),
    getTokenByFbclid: (fbclid) => client.get(fbclidKey(fbclid)),
    set: async (entries, ttlSeconds) => {
      await Promise.all(entries.flatMap((entry) => setOne(client, entry, ttlSeconds)));
    },
    ping: async () => {
      await client.set(PROBE_KEY, '1', 'EX', PROBE_SECONDS);
    },
    close: async () => client.disconnect(),
  };
}

// One command each and no transaction: in a cluster the two keys live on different servers. They go out together.
function setOne(client: Redis | Cluster, entry: HotEntry, ttlSeconds: number): Promise<unknown>[] {
  const { token, fbclid, json } = entry;
  const writes: Promise<unknown>[] = [client.set(tokenKey(token), json, 'EX', ttlSeconds)];
  if (fbclid !== null) writes.push(client.set(fbclidKey(fbclid), token, 'EX', ttlSeconds));
  return writes;
}

type Login = { username?: string; password?: string; tls?: Record<string, never> };

function connect(address: RedisAddress): Redis | Cluster {
  const login: Login = {
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.isTls ? { tls: {} } : {}),
  };
  switch (address.kind) {
    case 'single':
      return new Redis({ ...OPTIONS, ...login, ...address.node, db: address.db, retryStrategy: reconnectMs });
    case 'sentinel':
      return new Redis({
        ...OPTIONS,
        ...login,
        sentinels: [...address.sentinels],
        name: address.master,
        db: address.db,
        ...(address.sentinelPassword === null ? {} : { sentinelPassword: address.sentinelPassword }),
        ...(address.isTls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
        retryStrategy: reconnectMs,
        sentinelRetryStrategy: reconnectMs,
      });
    case 'cluster':
      return connectCluster(address.nodes, login);
  }
}

function connectCluster(nodes: readonly { host: string; port: number }[], login: Login): Cluster {
  const { enableOfflineQueue, enableAutoPipelining, ...redisOptions } = OPTIONS;
  return new Cluster([...nodes], {
    enableOfflineQueue,
    enableAutoPipelining,
    redisOptions: { ...redisOptions, ...login },
    clusterRetryStrategy: reconnectMs,
    slotsRefreshTimeout: CONNECT_MS,
    // A moved slot is followed; a node that is away is not waited for.
    maxRedirections: 3,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
  });
}
