import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOnServer } from '../support/postgres-admin.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DrainWorld, openDrainWorld } from './drain-world.ts';

let world: DrainWorld;

beforeAll(async () => {
  world = await openDrainWorld();
});
afterAll(() => world.close());

const countClicks = async (): Promise<number> => {
  const { total } = await world.db
    .selectFrom('clicks')
    .select((row) => row.fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow();
  return Number(total);
};

test.skipIf(process.env.TEST_BACKEND !== 'postgres')(
  'while the database is away nothing is lost, and the folding goes on by itself',
  async () => {
    const { options } = world.database.testDatabase;
    const name = options.kind === 'postgres' ? new URL(options.url).pathname.slice(1) : '';
    const clicks = Array.from({ length: 3000 }, () => world.click());
    await world.record(...clicks.slice(0, 1500));
    world.drain.start();
    try {
      await waitFor('the first batch', async () => (await countClicks()) > 0);
      await runOnServer(`alter database ${name} with allow_connections false`);
      await runOnServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
      await world.record(...clicks.slice(1500));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await runOnServer(`alter database ${name} with allow_connections true`);
      await waitFor('every click', async () => (await countClicks()) === 3000);
    } finally {
      await world.drain.stop();
    }
    const { counts } = await world.tables();
    expect(counts).toMatchObject([{ total_redirects: '3000' }]);
    expect(await world.drain.state()).toMatchObject({ folded: 3000, corrupt: 0, refused: 0, lagBytes: 0 });
  },
);

test('a running drain shows a click by itself, and stops in order', async () => {
  world.drain.start();
  const click = world.click();
  const before = await countClicks();
  await world.record(click);
  await waitFor('the click', async () => (await countClicks()) === before + 1);
  await world.drain.stop();
  await world.record(world.click());
  expect(await countClicks()).toBe(before + 1);
});
