import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { worstLineBytes, writeLine } from '../../src/log/line.ts';
import { type LogBatch, readLog } from '../../src/log/read-log.ts';
import { segmentPath } from '../../src/log/segments.ts';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'log-damage-'));
});
afterAll(() => rm(root, { recursive: true }));

interface Written {
  readonly bytes: Buffer;
  readonly jsons: readonly string[];
  /** Where each record's line ends, its newline included. */
  readonly ends: readonly number[];
}

function written(values: readonly unknown[]): Written {
  const jsons = values.map((value, id) => JSON.stringify({ id, value }));
  const bytes = Buffer.alloc(jsons.reduce((sum, json) => sum + worstLineBytes(json), 0));
  let end = 0;
  const ends = jsons.map((json) => {
    end = writeLine(bytes, end, json);
    return end;
  });
  return { bytes: bytes.subarray(0, end), jsons, ends };
}

/** Reads a log of the given segments in batches of `maxRecords`; the pieces read must cover the bytes exactly. */
async function readBack(segments: readonly Buffer[], maxRecords = 1000) {
  made += 1;
  const directory = join(root, String(made));
  await mkdir(directory);
  await Promise.all(segments.map((bytes, index) => writeFile(segmentPath(directory, index + 1), bytes)));
  const jsons: string[] = [];
  const totals = { torn: 0, corrupt: 0 };
  let batch: LogBatch = await readLog({ directory, from: null, maxRecords });
  for (; ; batch = await readLog({ directory, from: batch.next, maxRecords })) {
    jsons.push(...batch.records.map(({ json }) => json));
    totals.torn += batch.torn;
    totals.corrupt += batch.corrupt.length;
    if (batch.atEnd) break;
  }
  await rm(directory, { recursive: true });
  return { jsons, ...totals };
}

const values = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.json(), fc.integer()), {
  minLength: 1,
  maxLength: 12,
});

describe('a damaged log', () => {
  it('cut anywhere gives exactly the records whose whole line is left', async () => {
    const log = written(['a', { b: 'é\n😀' }, null, 'x'.repeat(40), 5]);
    const after = written(['after the restart']);
    for (let cut = 0; cut <= log.bytes.length; cut += 1) {
      const whole = log.ends.filter((end) => end <= cut).length;
      const isTorn = cut > 0 && !log.ends.includes(cut);
      const live = await readBack([log.bytes.subarray(0, cut)]);
      expect(live).toEqual({ jsons: log.jsons.slice(0, whole), torn: 0, corrupt: 0 });
      const closed = await readBack([log.bytes.subarray(0, cut), after.bytes]);
      const expected = [...log.jsons.slice(0, whole), ...after.jsons];
      expect(closed).toEqual({ jsons: expected, torn: isTorn ? 1 : 0, corrupt: 0 });
    }
  });

  it('with any one bit flipped gives no wrong record and loses only the lines that the bit belongs to', async () => {
    const log = written(['a', { b: 'é\n😀' }, null]);
    for (let bit = 0; bit < log.bytes.length * 8; bit += 1) {
      const bytes = Buffer.from(log.bytes);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const hit = log.ends.findIndex((end) => bit >> 3 < end);
      const isNewline = log.ends[hit] === (bit >> 3) + 1;
      const lost = isNewline ? [hit, hit + 1] : [hit];
      const kept = log.jsons.filter((_, index) => !lost.includes(index));
      const { jsons, corrupt, torn } = await readBack([bytes, log.bytes]);
      expect(jsons).toEqual([...kept, ...log.jsons]);
      expect(corrupt + torn).toBeGreaterThan(0);
    }
  });

  it('with any damage, read in any steps, gives only true records in order, and all that were not touched', async () => {
    const damage = fc.record({ at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }) });
    const property = fc.asyncProperty(
      values,
      fc.array(damage, { maxLength: 3 }),
      fc.integer({ min: 1, max: 5 }),
      async (items, damages, step) => {
        const log = written(items);
        const bytes = Buffer.from(log.bytes);
        for (const { at, bytes: written } of damages)
          bytes.set(written.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length);
        const { jsons } = await readBack([bytes, Buffer.alloc(0)], step);
        const isSame = (from: number, to: number) =>
          bytes.subarray(from, to).equals(log.bytes.subarray(from, to));
        // The newline before a line belongs to what keeps it whole.
        const untouched = log.jsons.filter((_, index) =>
          isSame(Math.max(0, (log.ends[index - 1] ?? 0) - 1), log.ends[index] ?? 0),
        );
        expect(untouched.filter((json) => !jsons.includes(json))).toEqual([]);
        expect(log.jsons.filter((json) => jsons.includes(json))).toEqual(jsons);
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });
});
