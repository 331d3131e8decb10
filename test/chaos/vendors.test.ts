import { beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { CALM_MS, startClickLoad } from './click-load.ts';
import type { Counts } from './counts.ts';
import { recordCounts } from './counts.ts';
import { type DeliveryWorld, expectToldOnce, openDeliveryWorld, readDeliveries } from './delivery-world.ts';
import { askDoctor, expectFinding } from './doctor.ts';
import { chosen, chosenRounds, LONG_TEST_MS } from './scale.ts';
import { expectExactlyOnce, readStoredClicks } from './server-world.ts';
import { RETRY_AFTER_S, type Trouble } from './troubled-vendor.ts';
import {
  addDestinations,
  buildEnv,
  type ListeningPlatform,
  listenPlatforms,
  makeLeads,
  winLead,
} from './vendors-world.ts';

const LEADS_A_ROUND = chosen({ short: 3, long: 8 });
const ROUNDS = chosenRounds({ short: 1, long: 5 });

const TOLD_MS = chosen({ short: 180_000, long: 300_000 });

/** An account at Meta for each trouble, so that all of them are there at once. */
const META_TROUBLES: readonly Trouble[] = [
  'unreachable',
  'error_page',
  'error_with_200',
  'wrong_type',
  'rate_limit',
  'slow',
  'hung',
  'hang_up',
  'truncated',
  'endless',
];

/** The other platforms; what they say with 200 is a success by their own rules, but for TikTok. */
const TROUBLES: Readonly<Record<string, readonly Trouble[]>> = {
  google_ads: ['unreachable', 'error_page', 'hang_up'],
  tiktok: ['error_with_200', 'truncated'],
  linkedin: ['rate_limit', 'hang_up'],
  ga4: ['slow', 'error_page'],
  utmify: ['endless', 'rate_limit'],
};

let platforms: readonly ListeningPlatform[];
let world: DeliveryWorld;

beforeAll(async () => {
  platforms = await listenPlatforms();
  world = await openDeliveryWorld({ env: buildEnv(platforms) });
  await addDestinations(world.server, platforms);
});

const FAILING = {
  check: 'destinations',
  detail: /^meta .* gives no usable answer/,
  fix: /Nothing is lost: it is tried again by itself/,
};

/** Nothing is left to say of destinations that answer again. */
const waitForHealth = () =>
  waitFor(
    'the doctor to be content',
    async () => {
      const findings = await askDoctor(world.server);
      return findings.every(({ check, state }) => check !== 'destinations' || state === 'ok');
    },
    { timeoutMs: 90_000, everyMs: 500 },
  );

/** How long each request that was answered with "too fast" was the last one, ms. */
const readPauses = (times: readonly number[]) =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0));

it('is in every trouble at once at Meta, and is told of each click once in the end', {
  timeout: LONG_TEST_MS,
}, async () => {
  const urls: string[] = [];
  for (const trouble of META_TROUBLES) urls.push(await world.addPixel(pixelOf(trouble)));
  const all = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const trouble of META_TROUBLES) world.meta.trouble(pixelOf(trouble), trouble);
    // One lasts until the doctor has seen it.
    const end = world.meta.hold(pixelOf('error_page'), 'error_page');
    const loads = urls.map((url) => startClickLoad(url, 1, CALM_MS));
    await waitFor('clicks in every pool', () => loads.every((load) => load.acknowledged.size >= 5));
    await Promise.all(loads.map((load) => load.stop()));
    for (const load of loads) {
      expect([...load.refusals.keys()]).toEqual([]);
      for (const token of load.acknowledged) all.add(token);
    }
    await expectFinding(world.server, FAILING);
    end();
    await readDeliveries(world, all);
  }
  const deliveries = await readDeliveries(world, all);
  expectExactlyOnce(await readStoredClicks(world, all), all, deliveries);
  await expectToldOnce(world, all);
  const [pause = 0] = readPauses(world.meta.requests.get(pixelOf('rate_limit')) ?? []);
  expect(pause).toBeGreaterThanOrEqual(RETRY_AFTER_S * 1000 - 50);
  await waitForHealth();
});

const pixelOf = (trouble: Trouble): string => String(2_000_000_000 + META_TROUBLES.indexOf(trouble));

it('is in trouble at every other platform, and tells each of every sale once in the end', {
  timeout: LONG_TEST_MS,
}, async () => {
  const leadIds = await makeLeads(world.server, ROUNDS * LEADS_A_ROUND);
  const tiktok = platforms.find(({ account }) => account.platform === 'tiktok');
  // Round by round: troubles in a row make the waits between the attempts longer and longer, as they should.
  for (let won = 0; won < leadIds.length; won += LEADS_A_ROUND) {
    await tiktok?.goAway();
    for (const { account, vendor } of platforms)
      vendor.trouble(account.platform, ...(TROUBLES[account.platform] ?? []));
    for (const leadId of leadIds.slice(won, won + LEADS_A_ROUND)) await winLead(world.server, leadId);
    await expectFinding(world.server, { ...FAILING, detail: /^tiktok .* gives no usable answer/ });
    await tiktok?.comeBack();
    const expected = Object.fromEntries(
      platforms.map(({ account }) => [`${account.platform} sent`, won + LEADS_A_ROUND]).toSorted(),
    );
    await expect.poll(readSent, { timeout: TOLD_MS, interval: 500 }).toEqual(expected);
  }
  const counts = platforms.map(({ vendor }) => vendor.count());
  recordCounts(counts.reduce(addCounts, {}));
  for (const { account, vendor } of platforms) {
    expect(vendor.eventIds.size, account.platform).toBe(leadIds.length);
    expect(vendor.sentTwice, account.platform).toEqual([]);
  }
  await waitForHealth();
});

/** By platform: deliveries that are sent, with an answer in the log that says so. */
async function readSent(): Promise<Readonly<Record<string, number>>> {
  const handle = await openDatabase(world.server.database.options);
  const { rows } = await handle.pool.query<{ platform: string; state: string; sent: string }>(
    `select platform, coalesce(state || ': ' || reason, state) as state, count(*) as sent from deliveries d
    where platform <> 'meta' and (state <> 'sent' or exists (select from platform_sync_log l
      where l.delivery_id = d.delivery_id and l.sync_status = 'success' and l.http_status_code between 200 and 299))
    group by 1, 2 order by 1, 2`,
  );
  await handle.close();
  return Object.fromEntries(rows.map((row) => [`${row.platform} ${row.state}`, Number(row.sent)]));
}

function addCounts(sum: Counts, one: Counts): Counts {
  const add = (name: 'deliveries' | 'eventIds' | 'repeated' | 'sentTwice') =>
    (sum[name] ?? 0) + (one[name] ?? 0);
  return {
    deliveries: add('deliveries'),
    eventIds: add('eventIds'),
    repeated: add('repeated'),
    sentTwice: add('sentTwice'),
  };
}
