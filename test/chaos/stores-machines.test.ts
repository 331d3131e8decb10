import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { startRedisServer } from '../support/cache-servers.ts';
import type { TestDatabase } from '../support/database.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';
import { readChain } from './stores-world.ts';

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
    const token = await clickAt(first);
    const person = second.telegram.makePerson();
    second.telegram.simulator.pressStart(second.bot.username, token, person);
    expect(await sessionOf(second, person.id)).toBe(token);
    const step = (await readChain(second.server)).find(({ name }) => name === store);
    expect(step).toMatchObject({ state: 'up', served: expect.any(Number) });
    expect(step?.served).toBeGreaterThan(0);
    await letGo();
  });
});

it('splits the work into an edge and a worker, which settings reach within a second', async () => {
  const database = await openSharedDatabase();
  const worker = await openClickWorld({ database: database(), env: SECRETS });
  const { telegram, bot } = worker;
  const edge = await startTestServer({ database: database(), env: SECRETS, role: 'edge' });
  await waitFor('the edge to have the pool', async () => (await clickAt(edge)) !== '');
  const load = startClickLoad(`${edge.url}/go/caos`, 2);
  const token = await clickAt(edge);
  const person = telegram.makePerson();
  telegram.simulator.pressStart(bot.username, token, person);
  expect(await sessionOf(worker, person.id)).toBe(token);
  const made = await worker.server.api('GET', '/pools');
  const [pool] = (made.body as { data: { pool_id: string }[] }).data;
  const changedAt = Date.now();
  await worker.server.api('PATCH', `/pools/${pool?.pool_id}`, { slug: 'renamed' });
  await waitFor('the edge to know', async () => (await fetch(`${edge.url}/go/caos`)).status === 404);
  expect(Date.now() - changedAt).toBeLessThan(1_500);
  await load.stop();
  // Other tokens than the load's are the probes above.
  const stored = await readStoredClicks(worker, load.acknowledged);
  expectExactlyOnce(stored, load.acknowledged);
});
