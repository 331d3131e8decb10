import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { openClickWorld } from './server-world.ts';

it.each(['1', '2'])('has folded every click when it ends in order, with WORKERS=%s', async (workers) => {
  const world = await openClickWorld({ env: { WORKERS: workers } });
  const load = startClickLoad(world.goUrl, 4);
  await waitFor('clicks', () => load.acknowledged.size > 20);
  await wait(1_500);
  await world.server.kill('SIGTERM');
  await load.stop();
  const options = world.server.database.options;
  const handle = await openDatabase(options.kind === 'embedded' ? { ...options, access: 'own' } : options);
  const { rows } = await handle.pool.query<{ tracking_token: string }>('select tracking_token from clicks');
  await handle.close();
  const stored = new Set(rows.map((row) => row.tracking_token));
  expect(load.acknowledged.size).toBeGreaterThan(20);
  expect([...load.acknowledged].filter((token) => !stored.has(token))).toEqual([]);
});
