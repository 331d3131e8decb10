import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from '../../src/log/read-log.ts';
import { type OpenSegment, segmentOpener } from '../../src/log/segment-file.ts';
import { openLogWriter } from '../../src/log/writer.ts';
import { mountSmallDisk, unmountDisk } from './small-disk.ts';

const DISK_BYTES = 1024 * 1024;
const BALLAST_BYTES = 700 * 1024;

let root: string;
let isMounted: boolean;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'log-disk-full-'));
  isMounted = mountSmallDisk(root, DISK_BYTES);
  await writeFile(join(root, 'ballast'), Buffer.alloc(BALLAST_BYTES));
});
afterEach(async () => {
  if (isMounted) unmountDisk(root);
  await rm(root, { recursive: true });
});

/** Where mounting is not allowed: the same refusals, worked out from what the files on this disk hold. */
function countedDisk(): OpenSegment {
  const open = segmentOpener();
  const systemError = (code: string) => Object.assign(new Error(code), { code });
  return async (path) => {
    const file = await open(path);
    return {
      close: () => file.close(),
      truncate: (length) => file.truncate(length),
      write: async (bytes, length, offset) => {
        const room = DISK_BYTES - (await stat(join(root, 'ballast'))).size - offset;
        await file.write(bytes, Math.min(length, Math.max(0, room)), offset);
        if (room < length) throw systemError('ENOSPC');
      },
    };
  };
}

describe('a full disk', () => {
  it('defers, keeps what it acknowledged, and has every record once and in order when there is room again', async () => {
    const directory = join(root, 'log', '0');
    const log = await openLogWriter({ directory, ...(isMounted ? {} : { openSegment: countedDisk() }) });
    const readIds = async () => {
      const { records, corrupt, torn, atEnd } = await readLog({ directory, from: null, maxRecords: 5000 });
      expect({ corrupt, torn, atEnd }).toEqual({ corrupt: [], torn: 0, atEnd: true });
      return records.map(({ json }): number => JSON.parse(json).id);
    };
    const sent: string[] = [];
    const sendTen = async () => {
      const batch = Array.from({ length: 10 }, (_, index) => {
        const id = sent.length + index;
        return log.append(JSON.stringify({ id, text: 'x'.repeat(2000) }));
      });
      sent.push(...(await Promise.all(batch)).map(({ kind }) => kind));
    };
    while (sent.at(-1) !== 'deferred') await sendTen();
    for (let more = 0; more < 20; more += 1) await sendTen();

    const durable = sent.filter((kind) => kind === 'durable').length;
    expect(durable).toBeGreaterThan(50);
    expect(sent.slice(durable).every((kind) => kind === 'deferred')).toBe(true);
    expect(log.state()).toMatchObject({ failing: true, lastError: 'ENOSPC', durable, lost: 0 });
    await expect.poll(readIds).toEqual(Array.from({ length: durable }, (_, id) => id));

    await truncate(join(root, 'ballast'), 0);
    await expect.poll(() => log.state()).toMatchObject({ failing: false, deferred: 0 });
    await sendTen();
    expect(sent.at(-1)).toBe('durable');
    expect(await readIds()).toEqual(sent.map((_, id) => id));
    await log.close();
    expect(log.state()).toMatchObject({ appended: sent.length, durable: sent.length, lost: 0 });
  });
});
