import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { startNatsCluster } from '../support/nats-servers.ts';
import { startPostgresServer } from '../support/postgres-server.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const SECRETS = { SECRET_KEY: 'k'.repeat(48), IP_HASH_SALT: 's'.repeat(48) };
const VISITORS = 4;

function buildMachine(url: string): TestDatabase {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-machine-'));
  const remove = async () => rmSync(dataDir, { recursive: true, force: true });
  afterAll(remove);
  const env = { DATA_DIR: dataDir, DATABASE_URL: url };
  return { backend: 'postgres', dataDir, env, options: { kind: 'postgres', url }, remove };
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

const canClick = async (server: TestServer) =>
  (await fetch(`${server.url}/go/caos`, { redirect: 'manual' })).status === 302;

it('a machine that burns with its disk takes no acknowledged click with it', async () => {
  const [postgres, cluster] = await Promise.all([startPostgresServer(), startNatsCluster(3)]);
  afterAll(async () => {
    await Promise.all([postgres.remove(), cluster.remove()]);
  });
  const env = { ...SECRETS, CAPTURE_LOG_URL: cluster.url };
  const left = await openClickWorld({ database: buildMachine(postgres.url), env });
  const machine = buildMachine(postgres.url);
  const burning = await startTestServer({ database: machine, env });
  await waitFor('it to have the pool', () => canClick(burning));
  const letGo = await stopAllDrains(machine);
  const load = startClickLoad(`${burning.url}/go/caos`, VISITORS);
  await waitFor('clicks', () => load.acknowledged.size > 200);
  await burning.kill('SIGKILL');
  await load.stop();
  rmSync(machine.dataDir, { recursive: true, force: true });
  expect(() => readdirSync(machine.dataDir)).toThrow('ENOENT');
  await letGo();
  expectExactlyOnce(await readStoredClicks(left, load.acknowledged), load.acknowledged);
});
