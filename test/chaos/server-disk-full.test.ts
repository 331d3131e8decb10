import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import type { TestServer } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import { recordCounts } from './counts.ts';
import { expectFinding } from './doctor.ts';
import { readLogTokens } from './log-tokens.ts';
import { chosenRounds } from './scale.ts';
import { type ClickWorld, expectExactlyOnce, openClickWorld, readStoredClicks } from './server-world.ts';
import { fillDisk, mountSmallDisk, unmountDisk } from './small-disk.ts';

const VISITORS = 2;
/** What waits in memory must have room afterwards. */
const DISK_BYTES = 96 * 1024 * 1024;
const ORIGIN = 'https://loja.example';
const ROUNDS = chosenRounds({ short: 1, long: 5 });

async function readLogPart(server: TestServer) {
  const response = await fetch(`${server.url}/readyz`);
  const body = (await response.json()) as {
    parts: { capture_log: { ok: boolean; deferred: number; lost: number } };
  };
  return { status: response.status, ...body.parts.capture_log };
}

async function readMetric(server: TestServer, state: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^rastro_capture_log_records\\{state="${state}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
}

let database: TestDatabase;
let world: ClickWorld;
let log: string;
let isMounted: boolean;
beforeAll(async () => {
  database = await createTestDatabase();
  log = join(database.dataDir, 'log');
  mkdirSync(log, { mode: 0o700 });
  isMounted = mountSmallDisk(log, DISK_BYTES);
  world = await openClickWorld({ database });
});
afterAll(async () => {
  // What is left in the log is large, and folding it is not what is looked at here.
  await world.server.kill('SIGKILL');
  if (isMounted) unmountDisk(log);
  await database.remove();
});

/** What a site posts, as large as it may be: memory is full after some three hundred of them. */
async function postLargeVisit(server: TestServer, domainId: string): Promise<number> {
  const data = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`k${index}`, 'x'.repeat(1000)]));
  const items = Array.from({ length: 15 }, () => ({
    type: 'event',
    id: randomUUID(),
    occurred_at: new Date().toISOString(),
    page_url: `${ORIGIN}/p`,
    event_type: 'large',
    event_data: data,
  }));
  const body = { domain_id: domainId, session_id: 's', sent_at: new Date().toISOString(), items };
  const response = await fetch(`${server.url}/api/collect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN, 'user-agent': 'Mozilla/5.0' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

const CANNOT_WRITE = { check: 'server', detail: /ENOSPC/, fix: /Free space.*Do not restart/ };

it('redirects every visitor while the disk of the log is full, and keeps their clicks in memory until there is room', async (context) => {
  if (!isMounted) return context.skip('mounting a disk is not allowed here');
  const load = startClickLoad(world.goUrl, VISITORS, CALM_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    const makeRoom = await fillDisk(log);
    const full = await waitFor('readyz to say so', async () => {
      const part = await readLogPart(world.server);
      return part.status === 503 && part.deferred > 0 ? part : null;
    });
    expect(full).toMatchObject({ ok: false, lost: 0 });
    const before = load.acknowledged.size;
    await expectFinding(world.server, CANNOT_WRITE);
    await waitFor('clicks to go on', () => load.acknowledged.size > before + 20);
    expect(await readMetric(world.server, 'deferred')).toBeGreaterThan(0);
    await makeRoom();
    await waitFor('recovery by itself', async () => {
      const part = await readLogPart(world.server);
      return part.status === 200 && part.deferred === 0;
    });
  }
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([]);
  expect(await readMetric(world.server, 'lost')).toBe(0);
  expectExactlyOnce(await readStoredClicks(world, load.acknowledged), load.acknowledged);
});

it('counts and tells each click that it loses when the memory is full too', async (context) => {
  if (!isMounted) return context.skip('mounting a disk is not allowed here');
  const { server } = world;
  const domain = (await server.api('POST', '/domains', { domain_url: ORIGIN })).body as { domain_id: string };
  await waitFor('the site to be known', async () => (await postLargeVisit(server, domain.domain_id)) === 202);
  const makeRoom = await fillDisk(log);
  let refused = 0;
  while (refused === 0) {
    const statuses = await Promise.all([1, 2, 3, 4].map(() => postLargeVisit(server, domain.domain_id)));
    refused = statuses.filter((status) => status !== 202).length;
  }
  const load = startClickLoad(world.goUrl, VISITORS, CALM_MS);
  const isLosing = async () => (await readLogPart(server)).lost > refused + 50;
  await waitFor('clicks to be lost', isLosing, { timeoutMs: 120_000 });
  await expectFinding(server, CANNOT_WRITE);
  await expectFinding(server, { check: 'server', detail: /\d+ records were lost/, fix: /They are gone/ });
  expect(server.output()).toContain('RECORDS WERE LOST');
  await load.stop();
  expect([...load.refusals.keys()]).toEqual([]);
  const lostClicks = (await readMetric(server, 'lost')) - refused;
  await makeRoom();
  await waitFor('recovery by itself', async () => {
    const part = await readLogPart(server);
    return part.status === 200 && part.deferred === 0;
  });
  const late = startClickLoad(world.goUrl, VISITORS, CALM_MS);
  await waitFor('clicks to be captured again', () => late.acknowledged.size > 20);
  await late.stop();
  const stored = await readLogTokens(join(log, '0'));
  const missing = [...load.acknowledged].filter((token) => !stored.has(token)).length;
  const acknowledged = load.acknowledged.size;
  recordCounts({ acknowledged, found: acknowledged - missing, announced: lostClicks });
  expect(missing).toBe(lostClicks);
  expect([...late.acknowledged].filter((token) => !stored.has(token))).toEqual([]);
  expect(await readMetric(server, 'lost')).toBe(lostClicks + refused);
});
