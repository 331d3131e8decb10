import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { type CacheServer, startMemcachedServer, startRedisServer } from '../support/cache-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { expectFinding } from './doctor.ts';
import { chosen, IS_LONG } from './scale.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';
import { MISFORTUNES, readChain, readFailures, waitForStore } from './stores-world.ts';

const VISITORS = 2;
const HURT_MS = chosen({ short: 1_500, long: 8_000 });

async function openStores(): Promise<{ redis: CacheServer; memcached: CacheServer }> {
  const [redis, memcached] = await Promise.all([startRedisServer(), startMemcachedServer()]);
  afterAll(() => Promise.all([redis.remove(), memcached.remove()]));
  return { redis, memcached };
}

/** A person clicks and presses Start; the bot must know which click it was. */
async function clickAndStart(world: ClickWorld): Promise<void> {
  const answer = await fetch(`${world.goUrl}?fbclid=start-${Math.random()}`, { redirect: 'manual' });
  const token = /start=([0-9a-f]{32})/.exec(answer.headers.get('location') ?? '')?.[1] ?? '';
  const person = world.telegram.makePerson();
  world.telegram.simulator.pressStart(world.bot.username, token, person);
  const user = await waitFor('the bot to know the person', async () => {
    const { body } = await world.server.api('GET', `/bot-users?telegram_user_id=${person.id}`);
    return (body as { data: { tracking_session_id: string | null }[] }).data[0];
  });
  expect(user.tracking_session_id).toBe(token);
}

async function countTempRows(world: ClickWorld): Promise<number> {
  const handle = await openDatabase(world.server.database.options);
  const { rows } = await handle.pool.query<{ count: string }>('select count(*) from tracking_temp');
  await handle.close();
  return Number(rows[0]?.count);
}

const describeAbsence = (name: string) => ({
  check: `hot store ${name}`,
  detail: /does not take clicks/,
  fix: new RegExp(`See that it runs.*${name.toUpperCase()}_URL`),
});

it('serves, matches and keeps every click whatever happens to Redis and Memcached', async () => {
  const stores = await openStores();
  const env = { REDIS_URL: stores.redis.url, MEMCACHED_URL: stores.memcached.url };
  const world = await openClickWorld({ env });
  const { server } = world;
  await waitForStore(server, 'redis', 'up');
  await waitForStore(server, 'memcached', 'up');
  expect((await readChain(server)).map((step) => step.name)).toEqual(
    'clicks memory redis memcached tracking_temp capture_log'.split(' '),
  );
  const load = startClickLoad(world.goUrl, VISITORS);
  for (const [name, store] of Object.entries(stores)) {
    for (const misfortune of MISFORTUNES) {
      const other = name === 'redis' ? 'memcached' : 'redis';
      await waitForStore(server, other, 'up');
      const before = load.acknowledged.size;
      const failures = (await readFailures(server)).get(other);
      const rows = await countTempRows(world);
      await misfortune.hurt(store);
      await clickAndStart(world);
      await wait(HURT_MS);
      await clickAndStart(world);
      await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200);
      // The doctor gives a store time before it says so.
      if (IS_LONG && misfortune.lasts) await expectFinding(server, describeAbsence(name));
      await misfortune.mend(store);
      await waitForStore(server, name, 'up');
      await clickAndStart(world);
      expect(load.acknowledged.size, `${name} ${misfortune.name}`).toBeGreaterThan(before);
      // A busy machine may make the other one slower than it may be: the third then takes clicks, rightly.
      const added = (await countTempRows(world)) - rows;
      const wasOtherWell = (await readFailures(server)).get(other) === failures;
      if (wasOtherWell) expect(added, `${name} ${misfortune.name}`).toBe(0);
    }
  }
  await Promise.all(Object.values(stores).map((store) => store.stop('SIGKILL')));
  await waitForStore(server, 'redis', 'down');
  await waitForStore(server, 'memcached', 'down');
  await Promise.all(['redis', 'memcached'].map((name) => expectFinding(server, describeAbsence(name))));
  await clickAndStart(world);
  await waitFor('the third store to take clicks', async () => (await countTempRows(world)) > 0);
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([]);
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
});

it('starts while both stores are away, and finds them when they come', async () => {
  const stores = await openStores();
  await Promise.all([stores.redis.stop(), stores.memcached.stop()]);
  const world = await openClickWorld({
    env: { REDIS_URL: stores.redis.url, MEMCACHED_URL: stores.memcached.url },
  });
  await clickAndStart(world);
  await waitForStore(world.server, 'redis', 'down');
  await Promise.all([stores.redis.start(), stores.memcached.start()]);
  await waitForStore(world.server, 'redis', 'up');
  await waitForStore(world.server, 'memcached', 'up');
  await clickAndStart(world);
});
