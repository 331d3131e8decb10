import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Appended } from '../../src/log/log-writer.ts';
import { type NatsCluster, startNatsCluster } from '../support/nats-servers.ts';
import { waitFor } from '../support/wait-for.ts';
import { openStreamBench, type StreamBench } from './nats-log-bench.ts';

/** Long for a cluster that is well, however busy the machine is. */
const TIMEOUT_MS = 4_000;
/** Less than a cluster that is away would be waited for, and far more than the disk takes. */
const QUICK_MS = TIMEOUT_MS - 500;

let cluster: NatsCluster;
let bench: StreamBench;

beforeEach(async () => {
  cluster = await startNatsCluster(1);
  bench = await openStreamBench(cluster, { timeoutMs: TIMEOUT_MS });
});

afterEach(async () => {
  node().thaw();
  await bench.close();
  await cluster.remove();
});

const click = (name: string) => JSON.stringify({ kind: 'click', name });
/** Only a count, without an id: told twice it would count twice. */
const preview = (name: string) => JSON.stringify({ kind: 'uncounted', name });
const appendAll = (jsons: readonly string[]) => Promise.all(jsons.map((json) => bench.writer.append(json)));
const kinds = (answers: readonly Appended[]) => [...new Set(answers.map(({ kind }) => kind))];
const node = () => {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no node');
  return first;
};
const isTaking = () => bench.writer.streamState().diverting === null;

/** Every record of all parts, by name, sorted. */
async function readNames(): Promise<string[]> {
  await waitFor('the stream', () => bench.log.missing() === null);
  const names: string[] = [];
  for (const part of await bench.log.parts())
    await part.readAll((json) => names.push((JSON.parse(json) as { name: string }).name));
  return names.sort();
}

describe('a cluster that stops', () => {
  it('costs no record: the disk takes them, and the stream does again by itself', async () => {
    expect(kinds(await appendAll([click('a')]))).toEqual(['durable']);
    await node().stop('SIGKILL');
    const begun = performance.now();
    expect(kinds(await appendAll([click('b'), click('c')]))).toEqual(['durable']);
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS + 20_000);
    expect(isTaking()).toBe(false);
    // From now on nobody waits for it.
    const quick = performance.now();
    await appendAll([click('d')]);
    expect(performance.now() - quick).toBeLessThan(QUICK_MS);
    expect(bench.writer.state()).toMatchObject({ appended: 4, durable: 4, lost: 0 });
    await node().start();
    await waitFor('the writer to use the stream again', isTaking);
    expect(kinds(await appendAll([click('e')]))).toEqual(['durable']);
    expect(await readNames()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(bench.writer.streamState()).toMatchObject({ replicated: 2, diverted: 3 });
  });
});

describe('a cluster that freezes with a message in flight', () => {
  it('gets what is counted once, though nobody knows at first whether it has it', async () => {
    await appendAll([click('a')]);
    await node().freeze();
    const answers = await appendAll([click('b'), preview('c')]);
    expect(answers.map(({ kind }) => kind)).toEqual(['durable', 'deferred']);
    expect(bench.writer.state()).toMatchObject({ deferred: 1, lost: 0 });
    node().thaw();
    await waitFor('the writer to use the stream again', isTaking);
    await waitFor('the doubt to be settled', () => bench.writer.state().deferred === 0);
    const names = await readNames();
    // The click has an id and may stand in both logs; the preview has none.
    expect(names.filter((name) => name === 'c')).toEqual(['c']);
    expect(names).toContain('b');
    await waitFor('all to be durable', () => bench.writer.state().durable === 3);
    expect(bench.writer.state()).toMatchObject({ appended: 3, durable: 3, lost: 0 });
  });

  it('does so too when it had not received it', async () => {
    await appendAll([click('a')]);
    await node().freeze();
    await appendAll([preview('b')]);
    // What was on its way to a process that dies is gone.
    await node().stop('SIGKILL');
    await node().start();
    await waitFor('the writer to use the stream again', isTaking);
    await waitFor('the doubt to be settled', () => bench.writer.state().deferred === 0);
    await appendAll([click('c')]);
    expect((await readNames()).filter((name) => name === 'b')).toEqual(['b']);
  });
});

describe('a cluster that refuses', () => {
  it('sends records to the disk at once when the stream is gone, and makes it anew', async () => {
    await appendAll([click('a')]);
    const before = bench.stream.state.facts?.id;
    const { access } = bench.stream;
    await access?.jsm.streams.delete(bench.stream.settings.stream);
    expect(kinds(await appendAll([click('b')]))).toEqual(['durable']);
    await waitFor('another stream', () => bench.stream.state.facts?.id !== before);
    await waitFor('the writer to use it', isTaking);
    await appendAll([click('c')]);
    expect(await readNames()).toEqual(['b', 'c']);
  });

  it('sends records to the disk while the stream refuses them, and what is in it can be read', async () => {
    await appendAll([click('a')]);
    const { access, settings } = bench.stream;
    await access?.jsm.streams.update(settings.stream, { max_msg_size: 10 });
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    for (const name of names) expect(kinds(await appendAll([click(name)]))).toEqual(['durable']);
    expect(bench.writer.streamState()).toMatchObject({ replicated: 1, diverted: 30 });
    await waitFor('a refusal to be no trouble', () => bench.stream.state.trouble === null);
    expect(await readNames()).toEqual(['a', ...names].sort());
    await access?.jsm.streams.update(settings.stream, { max_msg_size: -1 });
    await waitFor('the writer to use it again', async () => {
      await appendAll([click('late')]);
      return bench.writer.streamState().replicated > 1;
    });
  });

  it('knows that a stream with limits drops records that nobody has folded', async () => {
    const { access, settings } = bench.stream;
    await access?.jsm.streams.update(settings.stream, { max_bytes: 1_000_000 });
    const seen = async () => {
      await bench.stream.look();
      return bench.stream.state.facts?.danger;
    };
    // A look that was under way already has not seen it.
    await expect.poll(seen).toContain('max_bytes');
  });

  it('says that a stream of somebody else is none of ours', async () => {
    const { access } = bench.stream;
    const { stream } = bench.stream.settings;
    await access?.jsm.streams.delete(stream);
    await access?.jsm.streams.add({ name: stream, subjects: [`${stream}.>`] }).catch(() => undefined);
    const isOurs = (await access?.jsm.streams.info(stream))?.config.description?.startsWith('Rastro');
    if (isOurs) await access?.jsm.streams.update(stream, { description: 'orders' });
    await waitFor('it to be seen', () => bench.stream.state.trouble?.includes('not made by Rastro'));
    expect(kinds(await appendAll([click('a')]))).toEqual(['durable']);
    expect(isTaking()).toBe(false);
  });
});
