// (f) Deliveries a second to a simulated Meta: the whole sender in the worker, receipts recorded, into PostgreSQL. Page
// views of real clicks are held back until all are there, then freed at once. `node bench/deliveries.ts [--quick] [--json]`.
import { MetaSimulator } from '../src/simulators/meta.ts';
import { listenSimulator } from '../src/simulators/simulator-server.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { type Figure, printFigures, readBenchOptions, round } from './figures.ts';
import { placeTogether } from './load/cores.ts';
import { buildClicks } from './load/requests.ts';
import { runLoad } from './load/run-load.ts';
import { type BenchWorld, openBenchWorld } from './world/bench-world.ts';

const options = readBenchOptions();
const CLICKS = options.quick ? 2_000 : 20_000;
const CLICKS_A_SECOND = 2_000;
const MOST_TURNS = 5;

/** Clicks arrive, and their page views stay where they are for now. */
async function fillQueue(world: BenchWorld): Promise<void> {
  await world.query(`create function hold() returns trigger language plpgsql as
    $$ begin new.hold_until := now() + interval '1 day'; return new; end $$`);
  await world.query('create trigger hold before insert on conversions for each row execute function hold()');
  const order = { port: world.rastro.port, requests: buildClicks('direct'), connections: 64 };
  const seconds = CLICKS / CLICKS_A_SECOND;
  // A busy machine takes fewer than it is offered.
  for (let turn = 0; turn < MOST_TURNS && (await world.countClicks()) < CLICKS; turn += 1) {
    await runLoad({ ...order, seconds, perSecond: CLICKS_A_SECOND }, placeTogether().load);
    await world.waitUntilFolded();
  }
  await world.query('drop trigger hold on conversions');
}

async function measure(world: BenchWorld, meta: MetaSimulator): Promise<Figure[]> {
  await fillQueue(world);
  const [freed] = await world.query<{ count: string }>('select count(*) from conversions');
  const queued = Number(freed?.count);
  const start = performance.now();
  await world.query(`update conversions set hold_until = now() where planned_at is null`);
  const sent = async () => {
    const [row] = await world.query<{ count: string }>(
      `select count(*) from deliveries where state = 'sent' and receipt is not null`,
    );
    return Number(row?.count);
  };
  await waitFor(`${queued} deliveries`, async () => (await sent()) >= queued, {
    timeoutMs: 180_000,
    everyMs: 100,
  });
  const seconds = (performance.now() - start) / 1000;
  const figure = (name: string, value: number, unit: string): Figure => ({ part: 'f', name, value, unit });
  return [
    figure(`deliveries to one destination, of ${queued}`, round(queued / seconds), '/s'),
    figure('events a request', round(queued / meta.requests), ''),
  ];
}

const meta = new MetaSimulator({ now: () => Date.now() });
const vendor = await listenSimulator(meta);
const world = await openBenchWorld({
  ...{ database: 'postgres', cores: placeTogether().program, tellsMeta: true },
  env: { META_GRAPH_URL: vendor.url },
});
try {
  printFigures(await measure(world, meta), options);
} finally {
  await world.close();
  await vendor.close();
}
