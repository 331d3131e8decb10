import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { startRedisServer } from '../support/cache-servers.ts';
import type { TestDatabase } from '../support/database.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { readRedis } from '../support/search-stores.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';
import { readChain, readFailures, waitForStore } from './stores-world.ts';

/** What all machines of one installation have in common. */
const SECRETS = { SECRET_KEY: 'k'.repeat(48), IP_HASH_SALT: 's'.repeat(48) };

function makeDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-machine-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** A database that several machines use; each has a data directory of its own. */
async function openSharedDatabase(): Promise<() => TestDatabase> {
  const postgres = await startPostgresServer();
  afterAll(() => postgres.remove());
  return () => {
    const dataDir = makeDataDir();
    return {
      backend: 'postgres',
      dataDir,
      env: { DATA_DIR: dataDir, DATABASE_URL: postgres.url },
      options: { kind: 'postgres', url: postgres.url },
      remove: async () => undefined,
    };
  };
}

/** Nobody folds anything until it is let go: checkpoints can be read but not taken. */
async function stopAllDrains(database: TestDatabase): Promise<() => Promise<void>> {
  const handle = await openDatabase(database.options);
  const client = await handle.pool.connect();
  await client.query('begin');
  await client.query('lock table log_checkpoints in exclusive mode');
  return async () => {
    await client.query('rollback');
    client.release();
    await handle.close();
  };
}

async function clickAt(server: TestServer): Promise<string> {
  const answer = await fetch(`${server.url}/go/caos?fbclid=machine`, { redirect: 'manual' });
  return /start=([0-9a-f]{32})/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
}

async function sessionOf(world: ClickWorld, telegramUserId: number): Promise<string | null> {
  const user = await waitFor('the bot to know the person', async () => {
    const { body } = await world.server.api('GET', `/bot-users?telegram_user_id=${telegramUserId}`);
    return (body as { data: { tracking_session_id: string | null }[] }).data[0];
  });
  return user.tracking_session_id;
}

/** Waits until a store has the click, whichever it is: a person takes longer to the start. */
async function waitUntilKept(token: string, { options }: TestDatabase, redisUrl: string | null) {
  const handle = await openDatabase(options);
  const isKept = async () => {
    const query = 'select 1 from tracking_temp where tracking_token = $1';
    const { rows } = await handle.pool.query(query, [token]);
    return rows.length > 0 || (redisUrl !== null && (await readRedis(redisUrl)).includes(token));
  };
  await waitFor('a store to have the click', isKept).finally(() => handle.close());
}

describe.each(['redis', 'tracking_temp'])('two machines with %s between them', (store) => {
  it('match on one a start of a click that the other has captured and nobody has folded', async () => {
    const database = await openSharedDatabase();
    const redis = store === 'redis' ? await startRedisServer() : null;
    if (redis) afterAll(() => redis.remove());
    const env = { ...SECRETS, ...(redis ? { REDIS_URL: redis.url } : {}) };
    // The bot's webhook leads to the second machine.
    const second = await openClickWorld({ database: database(), env });
    const first = await startTestServer({ database: database(), env });
    await waitFor('the first to have the pool', async () => (await clickAt(first)) !== '');
    const letGo = await stopAllDrains(second.server.database);
    const unmatched: string[] = [];
    const served = await waitFor(`a start that ${store} has the click of`, async () => {
      await waitForStore(second.server, store, 'up');
      const before = await readFailures(second.server);
      const token = await clickAt(first);
      await waitUntilKept(token, second.server.database, redis?.url ?? null);
      const person = second.telegram.makePerson();
      second.telegram.simulator.pressStart(second.bot.username, token, person);
      const session = await sessionOf(second, person.id);
      // Only a store that was too slow on a busy machine excuses that a start finds no click.
      const isExcused = (await readFailures(second.server)).get(store) !== before.get(store);
      if (session !== token && !isExcused) unmatched.push(token);
      const step = (await readChain(second.server)).find(({ name }) => name === store);
      return step?.state === 'up' && step.served;
    });
    expect(served).toBeGreaterThan(0);
    expect(unmatched).toEqual([]);
    await letGo();
  });
});

it('splits the work into an edge and a worker, which settings reach by themselves', async () => {
  const database = await openSharedDatabase();
  const worker = await openClickWorld({ database: database(), env: SECRETS });
  const { telegram, bot } = worker;
  const edge = await startTestServer({ database: database(), env: SECRETS, role: 'edge' });
  await waitFor('the edge to have the pool', async () => (await clickAt(edge)) !== '');
  const load = startClickLoad(`${edge.url}/go/caos`, 2);
  const token = await clickAt(edge);
  await waitFor('the click to be folded', async () => {
    return (await worker.server.api('GET', `/clicks/${token}`)).status === 200;
  });
  const person = telegram.makePerson();
  telegram.simulator.pressStart(bot.username, token, person);
  expect(await sessionOf(worker, person.id)).toBe(token);
  const made = await worker.server.api('GET', '/pools');
  const [pool] = (made.body as { data: { pool_id: string }[] }).data;
  await worker.server.api('PATCH', `/pools/${pool?.pool_id}`, { slug: 'renamed' });
  await waitFor('the edge to know', async () => (await fetch(`${edge.url}/go/caos`)).status === 404);
  await load.stop();
  // Other tokens than the load's are the probes above.
  const stored = await readStoredClicks(worker, load.acknowledged);
  expectExactlyOnce(stored, load.acknowledged);
});
