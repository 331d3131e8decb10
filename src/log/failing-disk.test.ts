import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from './read-log.ts';
import { type OpenSegment, segmentOpener } from './segment-file.ts';
import { openLogWriter } from './writer.ts';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'log-failing-')), 'log', '0');
});
afterEach(() => rm(join(directory, '..', '..'), { recursive: true }));

/** A real disk that can be told to refuse: writes leave half a batch behind, as a disk that fills up does. */
function disk() {
  const refuses = { open: '', openAfter: '', write: '', truncate: '' };
  const open = segmentOpener();
  const openSegment: OpenSegment = async (path) => {
    if (refuses.open) throw systemError(refuses.open);
    const file = await open(path);
    if (refuses.openAfter) {
      await file.close();
      throw systemError(refuses.openAfter);
    }
    return {
      close: () => file.close(),
      truncate: async (length) => {
        if (refuses.truncate) throw systemError(refuses.truncate);
        await file.truncate(length);
      },
      write: async (bytes, length, offset) => {
        if (!refuses.write) return file.write(bytes, length, offset);
        await file.write(bytes, Math.ceil(length / 2), offset);
        throw systemError(refuses.write);
      },
    };
  };
  return { refuses, openSegment };
}

/** A real disk whose next write waits until it is released, as one behind a lost network does. */
function hangingDisk() {
  let gate: Promise<void> = Promise.resolve();
  const open = segmentOpener();
  const openSegment: OpenSegment = async (path) => {
    const file = await open(path);
    return {
      close: () => file.close(),
      truncate: (length) => file.truncate(length),
      write: async (bytes, length, offset) => {
        await gate;
        await file.write(bytes, length, offset);
      },
    };
  };
  const hang = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { hang, openSegment };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code });
}

async function ids(): Promise<{ ids: number[]; torn: number; corrupt: number }> {
  const { records, torn, corrupt } = await readLog({ directory, from: null });
  return { ids: records.map(({ json }) => JSON.parse(json).id), torn, corrupt: corrupt.length };
}

const record = (id: number) => JSON.stringify({ id });

describe('a disk that refuses', () => {
  it.each(['ENOSPC', 'EIO', 'EDQUOT'])(
    'defers on %s at once, keeps the order, and writes when it can',
    async (code) => {
      const { refuses, openSegment } = disk();
      const log = await openLogWriter({ directory, openSegment });
      await log.append(record(0));
      refuses.write = code;
      const first = await Promise.all([log.append(record(1)), log.append(record(2))]);
      expect(first).toEqual(Array(2).fill({ kind: 'deferred', reason: code }));
      // Not one turn of the event loop later, let alone with the next attempt.
      const later = new Promise((resolve) => setImmediate(resolve, 'later'));
      const answer = await Promise.race([log.append(record(3)), later]);
      expect(answer).toEqual({ kind: 'deferred', reason: code });
      expect(log.state()).toMatchObject({
        appended: 4,
        durable: 1,
        deferred: 3,
        lost: 0,
        failing: true,
        lastError: code,
      });
      await expect.poll(ids).toEqual({ ids: [0], torn: 0, corrupt: 0 });
      refuses.write = '';
      await expect.poll(() => log.state().failing).toBe(false);
      expect(await log.append(record(4))).toMatchObject({ kind: 'durable' });
      expect(await ids()).toEqual({ ids: [0, 1, 2, 3, 4], torn: 0, corrupt: 0 });
      expect(log.state()).toMatchObject({ appended: 5, durable: 5, deferred: 0, lost: 0, lastError: code });
      await log.close();
    },
  );

  it('goes on after rotations that were wanted while it waited to try again', async () => {
    const { refuses, openSegment } = disk();
    const log = await openLogWriter({ directory, openSegment });
    refuses.write = 'ENOSPC';
    expect(await log.append(record(1))).toMatchObject({ kind: 'deferred' });
    await log.rotate();
    await log.rotate();
    refuses.write = '';
    await expect.poll(() => log.state().failing).toBe(false);
    expect(await log.append(record(2))).toMatchObject({ kind: 'durable' });
    expect(await ids()).toEqual({ ids: [1, 2], torn: 0, corrupt: 0 });
    await log.close();
  });

  it('goes on in a new segment when not even the half batch can be cut off', async () => {
    const { refuses, openSegment } = disk();
    const log = await openLogWriter({ directory, openSegment });
    await log.append(record(0));
    const { segment } = log.state();
    Object.assign(refuses, { write: 'EIO', truncate: 'EIO' });
    await log.append(record(1));
    Object.assign(refuses, { write: '', truncate: '' });
    await expect.poll(() => log.state().durable).toBe(2);
    expect(log.state().segment).toBeGreaterThan(segment);
    expect(await ids()).toEqual({ ids: [0, 1], torn: 1, corrupt: 0 });
    await log.close();
  });

  it('outlives a segment that cannot be created', async () => {
    const { refuses, openSegment } = disk();
    const log = await openLogWriter({ directory, openSegment });
    await log.append(record(0));
    refuses.open = 'EMFILE';
    await log.rotate();
    expect(log.state()).toMatchObject({ failing: true, lastError: 'EMFILE' });
    expect(await log.append(record(1))).toEqual({ kind: 'deferred', reason: 'EMFILE' });
    refuses.open = '';
    await expect.poll(() => log.state()).toMatchObject({ failing: false, durable: 2 });
    expect(await ids()).toEqual({ ids: [0, 1], torn: 0, corrupt: 0 });
    await log.close();
  });

  it('takes another number when a segment was created but could not be opened', async () => {
    const { refuses, openSegment } = disk();
    const log = await openLogWriter({ directory, openSegment });
    await log.append(record(0));
    refuses.openAfter = 'EIO';
    await log.rotate();
    refuses.openAfter = '';
    await expect.poll(() => log.state().failing).toBe(false);
    await log.append(record(1));
    expect(await ids()).toEqual({ ids: [0, 1], torn: 0, corrupt: 0 });
    expect(log.state().lastError).toBe('EIO');
    await log.close();
  });

  it('recovers from a failed rotation though nothing waits', async () => {
    const { refuses, openSegment } = disk();
    const log = await openLogWriter({ directory, openSegment });
    await log.append(record(0));
    refuses.open = 'ENOSPC';
    await log.rotate();
    refuses.open = '';
    await expect.poll(() => log.state().failing).toBe(false);
    expect(await log.append(record(1))).toMatchObject({ kind: 'durable' });
    await log.close();
  });

  it('loses, counts and tells what finds the memory full, and no more than that', async () => {
    const { refuses, openSegment } = disk();
    const losses: { records: number }[] = [];
    const log = await openLogWriter({
      directory,
      openSegment,
      maxWaiting: { records: 10, chars: 1000 },
      onLoss: (loss) => losses.push(loss),
    });
    refuses.write = 'ENOSPC';
    const answers = await Promise.all(Array.from({ length: 15 }, (_, id) => log.append(record(id))));
    expect(answers.map(({ kind }) => kind)).toEqual([
      ...Array(10).fill('deferred'),
      ...Array(5).fill('lost'),
    ]);
    expect(await log.append(`"${'x'.repeat(1000)}"`)).toEqual({ kind: 'lost', reason: 'ENOSPC' });
    expect(losses[0]).toEqual({ records: 1, reason: 'queue_full' });
    const told = () => losses.reduce((sum, { records }) => sum + records, 0);
    await expect.poll(told).toBe(6);
    expect(losses.length).toBeLessThanOrEqual(3);
    refuses.write = '';
    await expect.poll(() => log.state().durable).toBe(10);
    expect((await ids()).ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(log.state()).toMatchObject({ appended: 16, durable: 10, deferred: 0, lost: 6 });
    await log.close();
  });

  it('counts as lost what it still refuses at the end, and the file ends well', async () => {
    const { refuses, openSegment } = disk();
    const losses: unknown[] = [];
    const log = await openLogWriter({ directory, openSegment, onLoss: (loss) => losses.push(loss) });
    await log.append(record(0));
    refuses.write = 'ENOSPC';
    const deferred = await log.append(record(1));
    const last = log.append(record(2));
    await log.close();
    expect([deferred, await last].map(({ kind }) => kind)).toEqual(['deferred', 'deferred']);
    expect(losses).toEqual([{ records: 2, reason: 'ENOSPC' }]);
    expect(log.state()).toMatchObject({ appended: 3, durable: 1, deferred: 0, lost: 2 });
    expect(await ids()).toEqual({ ids: [0], torn: 0, corrupt: 0 });
  });

  it('defers those who wait for a write that hangs, and has their records when it comes back', async () => {
    const { hang, openSegment } = hangingDisk();
    const log = await openLogWriter({ directory, openSegment });
    const release = hang();
    expect(await log.append(record(0))).toEqual({ kind: 'deferred', reason: 'STALLED' });
    expect(await log.append(record(1))).toEqual({ kind: 'deferred', reason: 'STALLED' });
    expect(log.state()).toMatchObject({ failing: true, deferred: 2, durable: 0, lastError: 'STALLED' });
    release();
    await expect.poll(() => log.state()).toMatchObject({ failing: false, deferred: 0, durable: 2 });
    expect((await ids()).ids).toEqual([0, 1]);
    await log.close();
  });

  it('leaves no lock behind when even the first segment cannot be made', async () => {
    const { refuses, openSegment } = disk();
    refuses.open = 'ENOSPC';
    await expect(openLogWriter({ directory, openSegment })).rejects.toThrow('ENOSPC');
    const log = await openLogWriter({ directory });
    await log.close();
    expect((await readdir(directory)).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });
});
