import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { startClickLoad } from './click-load.ts';
import { expectFinding } from './doctor.ts';
import { chosen } from './scale.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';

const OUTAGE_MS = chosen({ short: 30_000, long: 90_000 });
const VISITORS = 2;

async function openOwnPostgres(): Promise<{ postgres: PostgresServer; database: TestDatabase }> {
  const postgres = await startPostgresServer();
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-outage-'));
  const remove = async () => {
    await postgres.remove();
    rmSync(dataDir, { recursive: true, force: true });
  };
  afterAll(remove);
  const database: TestDatabase = {
    backend: 'postgres',
    dataDir,
    env: { DATA_DIR: dataDir, DATABASE_URL: postgres.url },
    options: { kind: 'postgres', url: postgres.url },
    remove,
  };
  return { postgres, database };
}

const readyz = async (world: ClickWorld) => {
  const response = await fetch(`${world.server.url}/readyz`);
  return {
    status: response.status,
    body: (await response.json()) as { parts: { database: { ok: boolean } } },
  };
};

it('serves and keeps every click while PostgreSQL is down for 30 s, and folds them when it is back', async () => {
  const { postgres, database } = await openOwnPostgres();
  const world = await openClickWorld({ database });
  const load = startClickLoad(world.goUrl, VISITORS);
  await wait(1_000);
  await postgres.stop('SIGQUIT');
  const before = load.acknowledged.size;
  const down = await waitFor('readyz to see it', async () => {
    const answer = await readyz(world);
    return answer.body.parts.database.ok ? null : answer;
  });
  expect(down.status).toBe(200);
  await expectFinding(world.server, { check: 'database', detail: /cannot be reached/, fix: /Start it/ });
  const person = world.telegram.makePerson();
  const [token = ''] = [...load.acknowledged].slice(-1);
  world.telegram.simulator.pressStart(world.bot.username, token, person);
  await wait(OUTAGE_MS);
  expect(load.acknowledged.size).toBeGreaterThan(before);
  expect([...load.refusals.keys()]).toEqual([]);
  await postgres.start();
  await wait(1_000);
  await load.stop();
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
  // Telegram was told 500 and told us again: the /start of the outage is matched to the click of the outage.
  const user = await waitFor('the start to be told again', async () => {
    const { body } = await world.server.api('GET', `/bot-users?telegram_user_id=${person.id}`);
    return (body as { data: { tracking_session_id: string }[] }).data[0];
  });
  expect(user.tracking_session_id).toBe(token);
});

it('starts while the database is away, with the last snapshot of the settings', async () => {
  const { postgres, database } = await openOwnPostgres();
  const world = await openClickWorld({ database });
  await world.server.kill();
  await postgres.stop();
  await world.server.restart();
  const load = startClickLoad(world.goUrl, 1);
  await waitFor('a click to be served', () => load.acknowledged.size > 0);
  expect(await readyz(world)).toMatchObject({ status: 200, body: { parts: { database: { ok: false } } } });
  const start = await fetch(`${world.server.url}/telegram/webhook/00000000-0000-7000-8000-000000000000`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': 'x' },
    body: JSON.stringify({ update_id: 1 }),
  });
  expect(start.status).toBe(500);
  await load.stop();
  await postgres.start();
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
});
