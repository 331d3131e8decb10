import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../src/domain/facts.ts';
import type { Drain } from '../../src/projections/drain.ts';
import { type DrainWorld, drainAll, openDrainWorld } from '../db/drain-world.ts';
import { type NatsCluster, startNatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { openStreamBench, readBehind, type StreamBench } from './nats-log-bench.ts';

const CLICKS = 600;

let cluster: NatsCluster;
let world: DrainWorld;
/** Two machines: each with a connection of its own to one stream. */
let here: StreamBench;
let there: StreamBench;

beforeAll(async () => {
  [cluster, world] = await Promise.all([startNatsCluster(1), openDrainWorld()]);
  here = await openStreamBench(cluster);
  there = await openStreamBench(cluster, { name: here.stream.settings.stream });
});

afterAll(async () => {
  await here.close();
  await there.close();
  await world.close();
  await cluster.remove();
});

const append = (bench: StreamBench, facts: readonly Fact[]) =>
  Promise.all(facts.map((fact) => bench.writer.append(JSON.stringify(fact))));

async function readTotals() {
  const { clicks, counts, uncounted } = await world.tables();
  const redirects = counts.reduce((sum, row) => sum + Number(row.total_redirects), 0);
  return { clicks: clicks.length, redirects, visits: Number(uncounted[0]?.visits ?? 0) };
}

/** Folds until the whole stream is folded: what has not come over the network yet is not the end. Returns how many. */
async function drainWhole(drain: Drain): Promise<number> {
  let folded = 0;
  await waitFor('nothing to be left', async () => {
    folded += (await drainAll(drain)).folded;
    return (await drain.state()).lagBytes === 0;
  });
  return folded;
}

const waitForTotals = (count: number) =>
  waitFor(`${count} clicks`, async () => (await readTotals()).clicks === count);

describe('two machines that fold one stream', () => {
  it('fold each record once, and one goes on alone when the other stops', async () => {
    const drains: Drain[] = [here, there].map(({ log }) => world.restartDrain({ log }));
    for (const drain of drains) drain.start();
    const clicks = () => Array.from({ length: CLICKS }, () => world.click());
    const previews = () => Array.from({ length: 20 }, () => world.uncounted('prefetch'));
    await Promise.all([
      append(here, [...clicks(), ...previews()]),
      append(there, [...clicks(), ...previews()]),
    ]);
    await waitForTotals(2 * CLICKS);
    await drains[0]?.stop();
    await append(here, [...clicks(), ...previews()]);
    await waitForTotals(3 * CLICKS);
    await drains[1]?.stop();
    await drainWhole(world.restartDrain({ log: there.log }));
    expect(await readTotals()).toEqual({ clicks: 3 * CLICKS, redirects: 3 * CLICKS, visits: 60 });
  });

  it('fold what an erasure wrote anew, and change nothing by it', async () => {
    const gone = world.click();
    const kept = world.click();
    await append(here, [gone, kept, world.cookies(kept.token), world.uncounted('prefetch')]);
    const drain = world.restartDrain({ log: here.log });
    await drainWhole(drain);
    const before = await world.tables();
    const part = await here.part();
    expect((await readBehind(part, { segment: 0, offset: 0 })).records.length).toBeGreaterThan(0);
    const last =
      (await here.stream.access?.jsm.streams.info(here.stream.settings.stream))?.state.last_seq ?? 0;
    const masked = await part.mask({
      before: { segment: last + 1, offset: 0 },
      choose: async (lines) => lines.filter(({ json }) => json.includes(gone.token)),
      mask: '{"kind":"erased","at":1600000000000}',
      isCounted: (json) => json.startsWith('{"kind":"uncounted"'),
    });
    expect(masked).toBe(1);
    expect(await drainWhole(drain)).toBeGreaterThan(0);
    expect(await world.tables()).toEqual(before);
  });
});
