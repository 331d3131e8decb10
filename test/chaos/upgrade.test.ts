import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildTrackingToken } from '../../src/domain/ids.ts';
import { openDatabase } from '../../src/io/database.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import type { TestDatabase } from '../support/database.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { startTestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import { type DeliveryWorld, expectToldOnce, openDeliveryWorld, readDeliveries } from './delivery-world.ts';
import { askDoctorByCommand, expectFinding } from './doctor.ts';
import { expectExactlyOnce, readStoredClicks } from './server-world.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const SECRETS = { SECRET_KEY: 'k'.repeat(48), IP_HASH_SALT: 's'.repeat(48) };
/** What the older version answered so long before its death it may not have written down. */
const UNSURE_MS = 3_000;

/** What a next version brings: a forward migration of a table that the older one writes all the time. */
const NEXT_MIGRATION = `-- The next version keeps a mark with each click and a table of its own.
alter table clicks add column next_mark text not null default 'none';
create table next_version_marks (mark text primary key);
create index clicks_next_mark on clicks (next_mark) where next_mark <> 'none';
`;

let postgres: PostgresServer;
let next: string;
let older: TestDatabase;
let newer: TestDatabase;
let world: DeliveryWorld;

/** A copy of this program that is one migration ahead of it. */
function makeNextVersion(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rastro-next-'));
  for (const part of [
    'src',
    'sdk',
    'vendor',
    'migrations',
    'package.json',
    'tsconfig.sdk.json',
    'tsconfig.base.json',
  ])
    cpSync(join(PROJECT, part), join(folder, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const last = readdirSync(join(folder, 'migrations')).toSorted().at(-1) ?? '';
  const number = String(Number.parseInt(last, 10) + 1).padStart(4, '0');
  writeFileSync(join(folder, 'migrations', `${number}_next_version.sql`), NEXT_MIGRATION);
  return folder;
}

function makeDatabase(): TestDatabase {
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-version-'));
  const { url } = postgres;
  const env = { DATA_DIR: dataDir, DATABASE_URL: url };
  return {
    backend: 'postgres',
    dataDir,
    env,
    options: { kind: 'postgres', url },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

beforeAll(async () => {
  postgres = await startPostgresServer();
  next = makeNextVersion();
  older = makeDatabase();
  newer = makeDatabase();
  world = await openDeliveryWorld({ database: older, env: SECRETS });
});
afterAll(async () => {
  await world.server.kill('SIGKILL');
  await postgres.remove();
  await older.remove();
  await newer.remove();
  rmSync(next, { recursive: true, force: true });
});

const startNext = (database: TestDatabase) =>
  startTestServer({
    database,
    program: join(next, 'src', 'main.ts'),
    env: {
      ...SECRETS,
      META_GRAPH_URL: world.metaUrl,
      TELEGRAM_API_URL: world.telegram.url,
      GO_RATE_LIMIT: '0',
    },
  });

/** A line whose checksum is wrong, as a failing disk leaves it. */
function damageLog(directory: string): void {
  const segment =
    readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .at(-1) ?? '';
  appendFileSync(join(directory, segment), 'deadbeef {"kind":"click","at":1}\n');
}

/** A click as the leanest version wrote it, without what later ones added to describe the visitor. */
async function writeOldRecords(count: number): Promise<readonly string[]> {
  const handle = await openDatabase(older.options);
  const { rows } = await handle.pool.query<{ workspace_id: string; pool_id: string; bot_id: string }>(
    'select workspace_id, pool_id, bot_id from clicks limit 1',
  );
  await handle.close();
  const [row] = rows;
  const tokens = Array.from({ length: count }, buildTrackingToken);
  const log = await openLogWriter({ directory: join(older.dataDir, 'log', '0') });
  for (const token of tokens) {
    const ids = { workspaceId: row?.workspace_id, poolId: row?.pool_id, botId: row?.bot_id };
    const visitor = { ip: '203.0.113.9', userAgent: 'Mozilla/5.0 (iPhone)', fbp: null, fbc: null };
    const url = `${world.goUrl}?fbclid=${token}`;
    const fact = {
      kind: 'click',
      at: Date.now(),
      token,
      ...ids,
      mode: 'direct',
      url,
      ...visitor,
      consent: 'granted',
    };
    expect(await log.append(JSON.stringify(fact))).toMatchObject({ kind: 'durable' });
  }
  await log.close();
  damageLog(join(older.dataDir, 'log', '0'));
  return tokens;
}

it('is upgraded while the older version writes: both serve, and the newer one folds what the older left', async () => {
  const path = new URL(world.goUrl).pathname;
  const old = startClickLoad(world.goUrl, 1, CALM_MS);
  await waitFor('clicks on the older', () => old.acknowledged.size > 10);
  // Its start migrates, under the older one's feet.
  const server = await startNext(newer);
  const young = startClickLoad(`${server.url}${path}`, 1, CALM_MS);
  const before = old.acknowledged.size;
  await waitFor('clicks on the newer', () => young.acknowledged.size > 10);
  await waitFor('clicks on the older', () => old.acknowledged.size > before + 10);
  const known = /is at version \d+, this program knows up to/;
  await expectFinding(world.server, { check: 'schema', detail: known, fix: /Start the newer Rastro/ });
  await expectFinding(world.server, { check: 'server', detail: /another version/, fix: /same version/ });
  await expect.poll(async () => (await fetch(`${world.server.url}/readyz`)).status).toBe(200);
  await readStoredClicks(world, new Set(old.acknowledged));

  await world.server.kill('SIGKILL');
  world.meta.doubt(UNSURE_MS);
  await old.stop();
  await expect(world.server.restart()).rejects.toThrow(/knows up to/);
  const left = await writeOldRecords(20);
  const heir = await startNext(older);
  const last = startClickLoad(`${heir.url}${path}`, 1, CALM_MS);
  await waitFor('clicks on the heir', () => last.acknowledged.size > 10);
  const damage = await waitFor('the newer doctor to find the damage', async () => {
    const findings = await askDoctorByCommand(heir, join(next, 'src', 'main.ts'));
    return findings.find(({ check, state }) => check === 'log damage' && state !== 'ok');
  });
  expect(damage).toMatchObject({ fix: expect.stringContaining('Check the disk') });
  await Promise.all([young.stop(), last.stop()]);
  for (const load of [old, young, last]) expect([...load.refusals.keys()]).toEqual([]);
  const all = new Set([...old.acknowledged, ...young.acknowledged, ...last.acknowledged, ...left]);
  const stored = await readStoredClicks(world, all);
  expectExactlyOnce(stored, all, await readDeliveries(world, all));
  await expectToldOnce(world, all);
});
