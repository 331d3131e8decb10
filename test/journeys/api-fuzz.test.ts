import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { BROKEN_BODIES } from './api-fuzz/broken-bodies.ts';
import { type FuzzWorld, type Operation, openFuzzWorld } from './api-fuzz/fuzz-world.ts';
import { goodValues } from './api-fuzz/good-values.ts';
import { signedHooks } from './api-fuzz/hook-edge.ts';
import { oddQuery } from './api-fuzz/odd-values.ts';
import { edgeAttempts, edgeWrites, oddCsv } from './api-fuzz/public-edge.ts';
import { bodiesOf } from './api-fuzz/schema-bodies.ts';
import { buildFilters, type Catalogue } from './api-fuzz/segment-filters.ts';
import {
  bringPeople,
  findWhatCame,
  SECRET,
  stockOddities,
  waitUntilFolded,
} from './api-fuzz/shop-of-oddities.ts';

/** `FUZZ_SEED=n FUZZ_ROUNDS=m npx vitest run …` walks other values, and more of them. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 1);

let world: FuzzWorld;

beforeAll(async () => {
  world = await openFuzzWorld();
  await stockOddities(world);
  await bringPeople(world);
  if (world.faults.length > 0) console.error(world.faults.join('\n'));
  await findWhatCame(world);
});

/** So many values for one use: whatever the order of the uses, each gets the same of the same seed. */
function sample<Value>(use: string, arbitrary: fc.Arbitrary<Value>, count: number): Value[] {
  const own = createHash('sha256').update(use).digest().readInt32BE();
  return fc.sample(arbitrary, { seed: SEED ^ own, numRuns: count * ROUNDS });
}

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`;

function expectNoFaults(): void {
  world.readLog();
  const found = [...new Set(world.faults)];
  world.faults.length = 0;
  expect(found, `FUZZ_SEED=${SEED}`).toEqual([]);
}

const ODD_IDS = [
  '%00',
  '%ff',
  '%zz',
  '..%2f',
  '0',
  '-1',
  '01900000-0000-7000-8000-000000000000',
  '%ed%a0%80',
  'a'.repeat(600),
  '%3Crastro-xss%3E',
  '__proto__',
  '%F0%9F%92%A9',
];

/** The path of an operation with this in its place of an id. */
const pathOf = ({ path }: Operation, id: string): string => path.replaceAll(/\{[^}]+\}/g, id);

const goodPath = (operation: Operation): string => {
  const resource = operation.path.split('/')[3] ?? '';
  return pathOf(operation, encodeURIComponent(world.ids.get(resource) ?? world.ids.get('clicks') ?? 'x'));
};

const isApi = ({ path }: Operation): boolean => path.startsWith('/api/v1/');
const reads = () => world.operations.filter((one) => isApi(one) && one.method === 'GET');
const writes = () => world.operations.filter((one) => isApi(one) && one.method !== 'GET');

async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}

async function readEverything(): Promise<void> {
  await inParallel(reads(), (one) =>
    world.attempt(
      { method: 'GET', path: goodPath(one), headers: { 'x-access-reason': 'a test' } },
      one.answers,
    ),
  );
}

test('what is odd and stored can be read everywhere', async () => {
  await readEverything();
  expectNoFaults();
});

test('every read takes any query and any id', async () => {
  await inParallel(reads(), async (one) => {
    for (const query of sample(
      nameOf(one),
      oddQuery(one.queryNames.length > 0 ? one.queryNames : ['x']),
      6,
    )) {
      await world.attempt({ method: 'GET', path: `${goodPath(one)}?${query}` }, one.answers);
    }
    if (!one.path.includes('{')) return;
    for (const id of sample(nameOf(one), fc.constantFrom(...ODD_IDS), 3))
      await world.attempt({ method: 'GET', path: pathOf(one, id) }, {});
  });
  expectNoFaults();
});

test('nothing is another workspace’s, whatever is asked of it', async () => {
  const { json } = await world.ask('POST', '/workspaces', { name: 'Strangers' });
  const wish = { name: 'stranger', scope: 'admin', workspace_id: json.workspace_id };
  const { key } = (await world.ask('POST', '/api-keys', wish)).json;
  const headers = { authorization: `Bearer ${String(key)}`, 'content-type': 'application/json' };
  const named = [...reads(), ...writes()].filter((one) => one.path.endsWith('}') || one.path.includes('}/'));
  const theirs = named.filter((one) => !/workspaces|imports/.test(one.path));
  await inParallel(theirs, async (one) => {
    const body = one.method === 'GET' ? {} : { body: '{}' };
    const { status, text } = await world.attempt({
      method: one.method,
      path: goodPath(one),
      headers,
      ...body,
    });
    if (status < 400) world.faults.push(`a stranger got ${status} of ${nameOf(one)}: ${text.slice(0, 200)}`);
  });
  expectNoFaults();
});

test('the public edge takes anything', async () => {
  await inParallel(sample('edge', edgeAttempts(world.ids), 350), (one) => world.attempt(one));
  await inParallel(sample('signed', signedHooks(world.ids), 30), async (one) => {
    expect((await world.attempt(one)).status).toBe(200);
  });
  expectNoFaults();
});

test('every field of a segment takes every operator with any value', async () => {
  const { json } = await world.ask('GET', '/segments/fields');
  const catalogue: Catalogue = { subjects: json.subjects as Catalogue['subjects'] };
  await inParallel(buildFilters(catalogue), async (body) => {
    const answer = await world.ask('POST', '/segments/preview', body);
    if (answer.status !== 200) world.faults.push(`${JSON.stringify(body)}: ${JSON.stringify(answer.json)}`);
  });
  expectNoFaults();
});

test('sums of the largest that is taken are still told', async () => {
  const row = { day: '2026-01-15', platform: 'meta', cost: '999999999999.99' };
  const most = { ...row, impressions: 9_999_999_999, clicks: 9_999_999_999 };
  const over = { ...row, impressions: 10_000_000_000 };
  expect((await world.ask('POST', '/ad-spend', { rows: [over] })).status).toBe(422);
  const rows = Array.from({ length: 1000 }, (_, index) => ({ ...most, ad_name: String(index) }));
  expect((await world.ask('POST', '/ad-spend', { rows })).status).toBe(200);
  const rate = { day: '2026-01-01', currency: 'USD', base: 'BRL', rate: '999999999' };
  expect((await world.ask('POST', '/currency-rates', { rates: [rate] })).status).toBe(200);
  const { status, json } = await world.ask('POST', '/products', {
    ...{ bot_id: world.ids.get('bots'), name: 'x', delivery_url: 'https://odd.example/' },
    amount: '10000000000.00',
  });
  expect({ status, json }).toMatchObject({ status: 422, json: { errors: [{ path: 'amount' }] } });
  expectNoFaults();
});

test('every write takes any body', async () => {
  await inParallel(writes(), async (one) => {
    const foreign = '01900000-0000-7000-8000-000000000000';
    const path = one.method === 'DELETE' ? pathOf(one, foreign) : goodPath(one);
    if (one.body === undefined) {
      for (const query of sample(nameOf(one), oddQuery(['x', ...one.queryNames]), 2))
        await world.attempt({ method: one.method, path: `${path}?${query}` }, one.answers);
      return;
    }
    for (const body of sample(
      nameOf(one),
      bodiesOf(one.body, { schemas: world.schemas, good: (name) => goodValues(world.ids, name) }),
      12,
    )) {
      const text = JSON.stringify(body) ?? 'null';
      await world.attempt(
        { method: one.method, path, headers: { 'content-type': 'application/json' }, body: text },
        one.answers,
      );
    }
  });
  expectNoFaults();
});

test('bodies that are not what they say are refused', async () => {
  const paths = [
    ...writes()
      .filter((one) => one.body !== undefined)
      .map((one) => ({ method: one.method, path: goodPath(one) })),
    ...edgeWrites(world.ids).map((path) => ({ method: 'POST', path })),
  ];
  await inParallel(paths, async (one) => {
    for (const broken of sample(nameOf(one), fc.constantFrom(...BROKEN_BODIES), 8)) {
      const headers = { 'x-telegram-bot-api-secret-token': SECRET, ...broken.headers };
      await world.attempt({ ...one, ...broken, headers });
    }
  });
  const dry = sample('csv', oddCsv, 12).map((body) => ({
    method: 'POST',
    path: '/api/v1/imports/leads',
    headers: { 'content-type': 'text/csv' },
    body,
  }));
  await inParallel(dry, (one) => world.attempt(one));
  expectNoFaults();
});

test('what all that left can be read, folded and exported everywhere', async () => {
  await readEverything();
  await world.ask('POST', '/privacy/export', { subject: 'planted.person@odd.example' });
  await world.attempt({ method: 'GET', path: `/delivery/${world.ids.get('delivery')}` });
  await world.attempt({ method: 'GET', path: `/try/trace/${world.ids.get('clicks')}` });
  await waitUntilFolded(world);
  expectNoFaults();
});

test('what was made can be deleted, and the server is well', async () => {
  for (const resource of DELETED) {
    const path = `/api/v1/${resource}/${world.ids.get(resource)}`;
    const { status } = await world.attempt({ method: 'DELETE', path });
    expect({ resource, status }).toMatchObject({
      status: expect.toSatisfy((one) => [200, 404, 409].includes(one)),
    });
    await world.attempt({ method: 'DELETE', path });
  }
  await readEverything();
  expect((await world.attempt({ method: 'GET', path: '/readyz' })).status).toBe(200);
  expectNoFaults();
});

const DELETED = [
  'broadcasts',
  'broadcast-templates',
  'segments',
  'report-schedules',
  'destinations',
  'crm-connections',
  'landing-pages',
  'domains',
  'pools',
  'products',
  'gateways',
  'bots',
  'api-keys',
];
