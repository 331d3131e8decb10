import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listCorrupt, setAsideCorrupt } from './corrupt.ts';
import { logLag } from './lag.ts';
import { MAX_RECORD_BYTES, worstLineBytes, writeLine } from './line.ts';
import { readLog } from './read-log.ts';
import { removeFolded } from './retention.ts';
import { scanLog } from './scan-log.ts';
import { logWriters, segmentPath } from './segments.ts';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'log-read-')), 'log', '0');
  await mkdir(directory, { recursive: true });
});
afterEach(() => rm(join(directory, '..', '..'), { recursive: true }));

function line(json: string): Buffer {
  const buffer = Buffer.alloc(worstLineBytes(json));
  return buffer.subarray(0, writeLine(buffer, 0, json));
}

async function segment(number: number, ...parts: (string | Buffer)[]): Promise<void> {
  await writeFile(segmentPath(directory, number), Buffer.concat(parts.map((part) => Buffer.from(part))));
}

const jsons = (batch: { records: readonly { json: string }[] }) => batch.records.map(({ json }) => json);

describe('readLog', () => {
  it('answers nothing for a writer that is not there, and keeps the checkpoint', async () => {
    const from = { segment: 3, offset: 9 };
    const batch = await readLog({ directory: join(directory, '..', '1'), from });
    expect(batch).toEqual({ records: [], corrupt: [], torn: 0, next: from, atEnd: true });
  });

  it('does not see an unfinished line until it is finished', async () => {
    const whole = line('{"id":2}');
    await segment(1, line('{"id":1}'), whole.subarray(0, 10));
    const first = await readLog({ directory, from: null });
    expect(first).toMatchObject({ torn: 0, corrupt: [], atEnd: true, next: { segment: 1, offset: 18 } });
    await appendFile(segmentPath(directory, 1), whole.subarray(10));
    expect(jsons(await readLog({ directory, from: first.next }))).toEqual(['{"id":2}']);
  });

  it('drops the unfinished end of a closed segment and counts it once', async () => {
    await segment(1, line('{"id":1}'), '0123');
    await segment(2, line('{"id":2}'));
    const first = await readLog({ directory, from: null, maxRecords: 2 });
    expect(jsons(first)).toEqual(['{"id":1}', '{"id":2}']);
    const second = await readLog({ directory, from: first.next });
    expect([first.torn, second.torn]).toEqual([1, 0]);
  });

  it('sets aside what is damaged in the middle, with its place, and reads on', async () => {
    const bad = line('{"id":2}');
    bad[12] = 0x7a;
    await segment(1, line('{"id":1}'), bad, '\n', 'short\n', line('{"id":3}'));
    const batch = await readLog({ directory, from: null });
    expect(jsons(batch)).toEqual(['{"id":1}', '{"id":3}']);
    expect(batch.corrupt.map(({ bytes, ...place }) => ({ ...place, text: bytes.toString() }))).toEqual([
      { segment: 1, offset: 18, length: 17, text: bad.subarray(0, 17).toString() },
      { segment: 1, offset: 36, length: 0, text: '' },
      { segment: 1, offset: 37, length: 5, text: 'short' },
    ]);
  });

  it('skips a long stretch without newline as one piece, of which it keeps only the beginning', async () => {
    const garbage = Buffer.alloc(9 * 1024 * 1024, 'g');
    await segment(1, line('{"id":1}'), garbage, '\n', line('{"id":2}'));
    const batch = await readLog({ directory, from: null });
    expect(jsons(batch)).toEqual(['{"id":1}', '{"id":2}']);
    expect(batch.corrupt).toHaveLength(1);
    expect(batch.corrupt[0]).toMatchObject({ offset: 18, length: garbage.length });
    expect(batch.corrupt[0]?.bytes.length).toBeLessThan(2.1 * 1024 * 1024);
  });

  it('reads the longest record there may be', async () => {
    const longest = `"${'x'.repeat(MAX_RECORD_BYTES - 2)}"`;
    await segment(1, line('1'), line(longest), line('2'));
    const batch = await readLog({ directory, from: null });
    expect(jsons(batch).map((json) => json.length)).toEqual([1, MAX_RECORD_BYTES, 1]);
    expect(batch.corrupt).toEqual([]);
  });

  it('stops at the limits given and goes on from there, damage counted too', async () => {
    await segment(1, line('1'), line('2'), 'bad\n', line('3'));
    await segment(2, line('4'));
    const seen: string[] = [];
    let from = null as { segment: number; offset: number } | null;
    for (let round = 0; round < 5; round += 1) {
      const batch = await readLog({ directory, from, maxRecords: 1 });
      seen.push(...jsons(batch), ...batch.corrupt.map(() => 'bad'));
      from = batch.next;
      expect(batch.atEnd).toBe(false);
    }
    expect(seen).toEqual(['1', '2', 'bad', '3', '4']);
    expect(await readLog({ directory, from })).toMatchObject({ records: [], atEnd: true });
    expect(jsons(await readLog({ directory, from: null, maxBytes: 1 }))).toEqual(['1']);
  });

  it('goes on behind a checkpoint whose segment was cut shorter by a power failure, or removed', async () => {
    await segment(1, line('1'));
    await segment(3, line('3'));
    expect(jsons(await readLog({ directory, from: { segment: 1, offset: 5000 } }))).toEqual(['3']);
    expect(jsons(await readLog({ directory, from: { segment: 2, offset: 70 } }))).toEqual(['3']);
  });
});

describe('corrupt pieces', () => {
  it('are kept once, however often they are set aside, and listed in order', async () => {
    await segment(2, 'second\n', 'third\n');
    await segment(1, 'first\n');
    const { corrupt } = await readLog({ directory, from: null });
    await setAsideCorrupt(directory, corrupt);
    await setAsideCorrupt(directory, corrupt);
    const pieces = await listCorrupt(directory);
    const texts = await Promise.all(pieces.map(({ path }) => readFile(path, 'utf8')));
    expect(texts).toEqual(['first', 'second', 'third']);
    expect(await readdir(join(directory, 'corrupt'))).toHaveLength(3);
    expect(pieces[2]).toMatchObject({ segment: 2, offset: 7, length: 5 });
  });

  it('make no folder where there are none', async () => {
    await setAsideCorrupt(directory, []);
    expect(await readdir(directory)).toEqual([]);
    expect(await listCorrupt(directory)).toEqual([]);
  });
});

describe('removeFolded', () => {
  it('removes what is before the checkpoint and old, never the newest', async () => {
    const now = Date.now();
    for (const [number, ageHours] of [
      [1, 50],
      [2, 1],
      [3, 40],
      [4, 30],
      [5, 30],
    ] as const) {
      await segment(number, line('1'));
      const at = new Date(now - ageHours * 3_600_000);
      await utimes(segmentPath(directory, number), at, at);
    }
    expect(await removeFolded({ directory, before: { segment: 4 }, now })).toEqual([1, 3]);
    expect(await removeFolded({ directory, before: { segment: 99 }, olderThanMs: 0, now })).toEqual([2, 4]);
    expect(await readdir(directory)).toEqual(['000000000005.log']);
  });
});

describe('logWriters and logLag', () => {
  it('lists writers, not what else lies there', async () => {
    await mkdir(join(directory, '..', 'worker-1'));
    await writeFile(join(directory, '..', 'README'), '');
    expect(await logWriters(join(directory, '..'))).toEqual(['0', 'worker-1']);
    expect(await logWriters(join(directory, 'absent'))).toEqual([]);
  });

  it('tells bytes behind and the oldest record not read', async () => {
    await segment(1, line('1'), line('2'));
    await segment(2, line('3'));
    expect(await logLag(directory, null)).toEqual({ bytes: 33, oldest: '1' });
    expect(await logLag(directory, { segment: 1, offset: 11 })).toEqual({ bytes: 22, oldest: '2' });
    expect(await logLag(directory, { segment: 2, offset: 11 })).toEqual({ bytes: 0, oldest: null });
  });
});

describe('scanLog', () => {
  beforeEach(async () => {
    await segment(1, line('{"a":1}'), line('{"b":1}'));
    await segment(2, line('{"a":2}'), 'bad\n', line('{"a":3}'), line('{"c":1}'));
  });
  const scan = (part: string, more: object = {}) =>
    scanLog({ directory, from: null, match: (json) => json.includes(part), ...more });

  it('finds the newest match, in the newest segment that has one', async () => {
    expect((await scan('"a"')).found).toEqual({
      json: '{"a":3}',
      position: { writer: '0', segment: 2, offset: 21 },
    });
    expect((await scan('"b"')).found?.position).toEqual({ writer: '0', segment: 1, offset: 17 });
    expect(await scan('"x"')).toEqual({ found: null, isComplete: true });
  });

  it('looks only behind the checkpoint', async () => {
    expect((await scan('"b"', { from: { segment: 1, offset: 17 } })).found?.json).toBe('{"b":1}');
    expect(await scan('"b"', { from: { segment: 2, offset: 0 } })).toEqual({ found: null, isComplete: true });
    expect(await scan('"a"', { from: { segment: 2, offset: 38 } })).toEqual({
      found: null,
      isComplete: true,
    });
  });

  it('looks only at the newest bytes it may read, and says so', async () => {
    expect((await scan('"a"', { maxBytes: 40 })).found?.json).toBe('{"a":3}');
    expect(await scan('"b"', { maxBytes: 60 })).toEqual({ found: null, isComplete: false });
    expect((await scan('"b"', { maxBytes: 72 })).found?.json).toBe('{"b":1}');
  });
});
