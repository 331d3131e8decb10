import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogPart } from '../../src/log/capture-log.ts';
import { type NatsCluster, startNatsCluster } from '../support/nats-servers.ts';
import { type LogBench, openFileBench, openStreamBench, readBehind } from './nats-log-bench.ts';

const START = { segment: 0, offset: 0 };
const HOUR_MS = 3_600_000;

let cluster: NatsCluster;
let bench: LogBench;
let part: LogPart;

beforeAll(async () => {
  cluster = await startNatsCluster(1);
});

afterAll(() => cluster.remove());

const record = (name: string, more: object = {}) => JSON.stringify({ kind: 'test', at: 1, name, ...more });
const append = (...names: string[]) => Promise.all(names.map((name) => bench.writer.append(record(name))));
const namesOf = (jsons: readonly { readonly json: string }[]) =>
  jsons.map(({ json }) => (JSON.parse(json) as { name: string }).name);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

describe.each([
  { name: 'files', open: openFileBench },
  { name: 'a stream', open: () => openStreamBench(cluster) },
])('a log in $name', ({ open }) => {
  beforeEach(async () => {
    bench = await open();
    part = await bench.part();
  });

  afterEach(() => bench.close());

  it('acknowledges records and reads them in their order', async () => {
    const answers = await append('a', 'b');
    answers.push(...(await append('c')));
    expect(answers.map(({ kind }) => kind)).toEqual(['durable', 'durable', 'durable']);
    const { records, next } = await readBehind(part, START);
    expect(namesOf(records)).toEqual(['a', 'b', 'c']);
    expect(records.map(({ position }) => position)).toEqual(
      answers.map((answer) => (answer.kind === 'durable' ? answer.position : null)),
    );
    expect(await part.read(next)).toMatchObject({ records: [], atEnd: true, next });
  });

  it('is read on from any record', async () => {
    await append('a', 'b', 'c');
    await append('d', 'e');
    const { records } = await readBehind(part, START);
    for (const [index, { position }] of records.entries()) {
      const rest = await readBehind(part, position);
      expect(namesOf(rest.records)).toEqual(['a', 'b', 'c', 'd', 'e'].slice(index));
    }
  });

  it('hands out many records in batches, each once', async () => {
    const names = numbered(5_000);
    await append(...names);
    expect((await part.read(START)).records.length).toBeLessThan(names.length);
    expect(namesOf((await readBehind(part, START)).records)).toEqual(names);
  });

  it('sets damage aside and reads on', async () => {
    await append('a');
    await bench.damage('00000000 {"kind":"test","at":1,"name":"forged"}');
    await append('b');
    const { records, damaged } = await readBehind(part, START);
    expect(namesOf(records)).toEqual(['a', 'b']);
    expect(damaged).toEqual([expect.stringContaining('forged')]);
    const { corrupt } = await part.read(START);
    await part.setAside(corrupt);
    expect(await part.listSetAside()).toHaveLength(1);
  });

  it('tells how far a reader is behind', async () => {
    const { next: first } = await readBehind(part, START);
    expect(await part.lag(first)).toEqual({ bytes: 0, oldest: null });
    await append('a');
    await append('b', 'c');
    const lag = await part.lag(first);
    expect(lag.bytes).toBeGreaterThan(100);
    expect(lag.oldest).toBe(record('a'));
    const { records, next } = await readBehind(part, first);
    expect((await part.lag(records[2]?.position ?? first)).oldest).toBe(record('c'));
    expect(await part.lag(next)).toEqual({ bytes: 0, oldest: null });
  });

  it('finds the newest match behind a place, and nothing before it', async () => {
    await append('wanted', 'other');
    const { next } = await readBehind(part, START);
    const match = (json: string) => json.includes('"wanted"');
    expect((await part.scan({ from: next, match })).found).toBeNull();
    await bench.writer.append(record('wanted', { number: 2 }));
    await bench.writer.append(record('wanted', { number: 3 }));
    await append('other');
    expect((await part.scan({ from: next, match })).found?.json).toContain('"number":3');
  });

  it('removes what is folded and old, and nothing else', async () => {
    await append('old');
    await bench.rotate();
    const { next } = await readBehind(part, START);
    await append('new');
    const now = Date.now();
    await part.removeFolded({ before: next, olderThanMs: HOUR_MS, now });
    expect(namesOf((await readBehind(part, START)).records)).toEqual(['old', 'new']);
    // Long after: what is not folded stays, however old it is.
    await part.removeFolded({ before: next, olderThanMs: HOUR_MS, now: now + 9 * HOUR_MS });
    expect(namesOf((await readBehind(part, START)).records)).toEqual(['new']);
    expect(namesOf((await readBehind(part, next)).records)).toEqual(['new']);
  });

  it('masks records for good: the others stay, and what is counted is not counted again', async () => {
    const counted = '{"kind":"uncounted","at":1,"name":"counted"}';
    await Promise.all([
      ...['ana', 'rui'].map((name) => bench.writer.append(record(name))),
      bench.writer.append(counted),
    ]);
    const { next } = await readBehind(part, START);
    await append('ana', 'eva');
    const question = {
      before: next,
      choose: async <L extends { readonly json: string }>(lines: readonly L[]) =>
        lines.filter(({ json }) => json.includes('"ana"')),
      mask: '{"kind":"test","name":""}',
      isCounted: (json: string) => json.startsWith('{"kind":"uncounted"'),
    };
    expect(await part.mask(question)).toBe(1);
    expect(bench.bytes().split('"ana"')).toHaveLength(2);
    const left = namesOf((await readBehind(part, START)).records);
    expect(left.filter((name) => name === 'ana')).toHaveLength(1);
    expect(left.filter((name) => name === 'rui')).toHaveLength(1);
    // A reader that goes on where it was sees nothing counted a second time.
    const again = await readBehind(part, next);
    expect(again.records.some(({ json }) => json === counted)).toBe(false);
    const seen: string[] = [];
    await part.readAll((json) => seen.push(json));
    expect(seen.filter((json) => json.includes('"ana"'))).toHaveLength(1);
    expect(await part.mask({ ...question, before: again.next })).toBe(1);
    expect(bench.bytes()).not.toContain('"ana"');
  });

  it('knows a place that it ends before', async () => {
    await append('a');
    const { next } = await readBehind(part, START);
    expect(await part.endsBefore(next)).toBe(false);
    expect(await part.endsBefore({ segment: next.segment + 7, offset: 0 })).toBe(true);
  });

  it('keeps a record that no message can hold', async () => {
    const large = record('large', { text: 'x'.repeat(1_500_000) });
    expect((await bench.writer.append(large)).kind).toBe('durable');
    const seen: string[] = [];
    for (const one of await bench.log.parts()) await one.readAll((json) => seen.push(json));
    expect(seen).toEqual([large]);
  });
});
