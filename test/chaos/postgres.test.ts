import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import {
  type DeliveryWorld,
  expectToldOnce,
  openDeliveryWorld,
  PIXEL,
  readDeliveries,
} from './delivery-world.ts';
import { expectFinding } from './doctor.ts';
import { chosen } from './scale.ts';
import { expectExactlyOnce, readStoredClicks } from './server-world.ts';

const VISITORS = 2;
const HURT_MS = chosen({ short: 1_000, long: 30_000 });

let postgres: PostgresServer;
let dataDir: string;
let world: DeliveryWorld;

beforeAll(async () => {
  postgres = await startPostgresServer();
  dataDir = mkdtempSync(join(tmpdir(), 'rastro-postgres-'));
  world = await openDeliveryWorld({
    database: {
      backend: 'postgres',
      dataDir,
      env: { DATA_DIR: dataDir, DATABASE_URL: postgres.url },
      options: { kind: 'postgres', url: postgres.url },
      remove: async () => undefined,
    },
  });
});
afterAll(async () => {
  await world.server.kill();
  await postgres.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Clicks go on while the database is hurt and mended; then nothing is lost, twice, or told twice. */
async function hurt(misfortune: { readonly hurt: () => Promise<void>; readonly mend: () => Promise<void> }) {
  const load = startClickLoad(world.goUrl, VISITORS, CALM_MS);
  await waitFor('a first delivery', () => world.meta.eventIds.size > 0);
  await misfortune.hurt();
  const before = load.acknowledged.size;
  await wait(HURT_MS);
  await waitFor('clicks to go on', () => load.acknowledged.size > before + 20);
  await misfortune.mend();
  await wait(500);
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([]);
  const stored = await readStoredClicks(world, load.acknowledged);
  const deliveries = await readDeliveries(world, load.acknowledged);
  expectExactlyOnce(stored, load.acknowledged, deliveries);
  await expectToldOnce(world, load.acknowledged);
}

it('is slow beyond every patience: paused by SIGSTOP', async () => {
  await hurt({
    hurt: async () => {
      postgres.signalAll('SIGSTOP');
      const fix = /does not answer|Start the database/;
      await expectFinding(world.server, { check: 'database', detail: /timeout/, fix });
    },
    mend: async () => postgres.signalAll('SIGCONT'),
  });
});

it('dies by kill -9 while a platform has taken deliveries and has not answered yet', async () => {
  await hurt({
    hurt: async () => {
      await world.meta.meet(PIXEL, 'slow');
      postgres.signalAll('SIGKILL');
      await expectFinding(world.server, { check: 'database', detail: /cannot be reached/, fix: /Start it/ });
      await expectFinding(world.server, { check: 'server', detail: /database/, fix: /Start the database/ });
    },
    mend: () => postgres.start(),
  });
});
