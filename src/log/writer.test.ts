import { constants, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LogRecord, readLog } from './read-log.ts';
import { segmentPath } from './segments.ts';
import { openLogWriter } from './writer.ts';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'log-writer-')), 'log', '0');
});
afterEach(() => rm(join(directory, '..', '..'), { recursive: true }));

async function readAll(maxRecords = 1000): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  let batch = await readLog({ directory, from: null, maxRecords });
  for (; ; batch = await readLog({ directory, from: batch.next, maxRecords })) {
    records.push(...batch.records);
    expect(batch.corrupt).toEqual([]);
    expect(batch.torn).toBe(0);
    if (batch.atEnd) return records;
  }
}

describe('a log writer', () => {
  it('makes 10,000 concurrent appends durable in their order, each at the position it answered', async () => {
    const log = await openLogWriter({ directory });
    const jsons = Array.from({ length: 10_000 }, (_, id) =>
      JSON.stringify({ id, text: 'é'.repeat(id % 50) }),
    );
    const answers = await Promise.all(jsons.map((json) => log.append(json)));
    expect(log.state()).toMatchObject({
      appended: 10_000,
      durable: 10_000,
      deferred: 0,
      lost: 0,
      failing: false,
    });
    const records = await readAll(777);
    expect(records.map(({ json }) => json)).toEqual(jsons);
    expect(answers).toEqual(records.map(({ position }) => ({ kind: 'durable', position })));
    await log.close();
  });

  it('has a record in the file by the time its append is answered', async () => {
    const log = await openLogWriter({ directory });
    for (let id = 0; id < 50; id += 1) {
      await log.append(JSON.stringify({ id }));
      const file = await readFile(segmentPath(directory, log.state().segment), 'utf8');
      expect(file.endsWith(` {"id":${id}}\n`)).toBe(true);
    }
    await log.close();
  });

  it.runIf(process.platform === 'linux')(
    'writes with O_DSYNC, so that an answer outlives a power failure',
    async () => {
      const log = await openLogWriter({ directory });
      const path = await realpath(segmentPath(directory, log.state().segment));
      const links = (await readdir('/proc/self/fd')).map(
        (fd) => [fd, targetOf(`/proc/self/fd/${fd}`)] as const,
      );
      const fd = links.find(([, target]) => target === path)?.[0];
      const flags = /^flags:\s*([0-7]+)$/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
      expect(Number.parseInt(flags ?? '', 8) & constants.O_DSYNC).toBe(constants.O_DSYNC);
      await log.close();
    },
  );

  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    'takes an append that comes %i turns of the microtask queue after the answer to the one before',
    async (turns) => {
      const log = await openLogWriter({ directory });
      for (let id = 0; id < 20; id += 1) {
        await log.append(JSON.stringify({ id }));
        for (let turn = 0; turn < turns; turn += 1) await null;
      }
      expect(log.state().durable).toBe(20);
      await log.close();
    },
  );

  it('goes on in a new segment by size and by rotate(), and never in an empty one', async () => {
    const log = await openLogWriter({ directory, maxSegmentBytes: 100 });
    for (let id = 0; id < 10; id += 1) await log.append(JSON.stringify({ id, text: 'x'.repeat(50) }));
    const bySize = await segmentNames();
    expect(bySize).toHaveLength(5);
    await log.rotate();
    await log.rotate();
    expect(await segmentNames()).toHaveLength(6);
    await log.append('{"id":10}');
    expect((await readAll(3)).map(({ json }) => JSON.parse(json).id)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    await log.close();
  });

  it('rotates by age, so that the records of a quiet log can be removed', async () => {
    const log = await openLogWriter({ directory, maxSegmentAgeMs: 20 });
    await log.append('{"id":1}');
    const { segment } = log.state();
    await expect.poll(() => log.state().segment).toBeGreaterThan(segment);
    expect((await readAll()).map(({ json }) => json)).toEqual(['{"id":1}']);
    await log.close();
  });

  it('starts behind a torn tail in a new segment, and numbers never fall behind the clock', async () => {
    const first = await openLogWriter({ directory, clock: { now: () => 5_000_000 } });
    await first.append('{"id":1}');
    expect(first.state().segment).toBe(5000);
    await first.close();
    await writeFile(segmentPath(directory, 5000), '00', { flag: 'a' });
    const second = await openLogWriter({ directory, clock: { now: () => 1_000_000 } });
    await second.append('{"id":2}');
    expect(second.state().segment).toBe(5001);
    const batch = await readLog({ directory, from: null });
    expect(batch.records.map(({ json }) => json)).toEqual(['{"id":1}', '{"id":2}']);
    expect(batch).toMatchObject({ torn: 1, corrupt: [], atEnd: true });
    await second.close();
  });

  it('refuses what no reader would take, and what comes after close, as lost', async () => {
    const losses: unknown[] = [];
    const log = await openLogWriter({ directory, onLoss: (loss) => losses.push(loss) });
    expect(await log.append(`"${'é'.repeat(1_100_000)}"`)).toEqual({ kind: 'lost', reason: 'too_large' });
    expect(await log.append(`"${'e'.repeat(2_000_000)}"`)).toMatchObject({ kind: 'durable' });
    await log.close();
    expect(await log.append('{}')).toEqual({ kind: 'lost', reason: 'closed' });
    expect(log.state()).toMatchObject({ appended: 3, durable: 1, lost: 2 });
    expect(losses[0]).toEqual({ records: 1, reason: 'too_large' });
    expect(await readAll()).toHaveLength(1);
  });

  it('writes what waits before it is closed', async () => {
    const log = await openLogWriter({ directory });
    const answers = Promise.all(Array.from({ length: 100 }, (_, id) => log.append(JSON.stringify({ id }))));
    await log.close();
    expect((await answers).every(({ kind }) => kind === 'durable')).toBe(true);
    expect(await readAll()).toHaveLength(100);
  });

  /** Where a descriptor points; one that was closed since it was listed points nowhere. */
  function targetOf(path: string): string {
    try {
      return readlinkSync(path);
    } catch {
      return '';
    }
  }

  async function segmentNames(): Promise<string[]> {
    return (await readdir(directory)).filter((name) => name.endsWith('.log'));
  }
});
