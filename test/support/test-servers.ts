import { startMemcachedServer, startRedisServer } from './cache-servers.ts';
import { startPostgresServer } from './postgres-server.ts';

const SERVERS = [
  { variable: 'TEST_DATABASE_URL', start: startPostgresServer },
  { variable: 'TEST_REDIS_URL', start: startRedisServer },
  { variable: 'TEST_MEMCACHED_URL', start: startMemcachedServer },
] as const;

/** The servers that a test run has started for itself. */
export interface TestServers {
  /** Stops them and removes what they held. */
  stop(): Promise<void>;
}

/** Starts a private PostgreSQL, Redis and Memcached, and puts their addresses into `TEST_…_URL`; one that is set already is used as it is. */
export async function startTestServers(): Promise<TestServers> {
  const wanted = SERVERS.filter(({ variable }) => (process.env[variable] ?? '') === '');
  const results = await Promise.allSettled(
    wanted.map(async ({ variable, start }) => {
      const server = await start();
      process.env[variable] = server.url;
      return { variable, remove: server.remove };
    }),
  );
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    for (const { variable } of started) delete process.env[variable];
    await Promise.all(started.map((server) => server.remove()));
  };
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return { stop };
  await stop();
  throw failure.reason;
}
