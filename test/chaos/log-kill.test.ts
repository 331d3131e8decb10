import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLog } from '../../src/log/read-log.ts';
import { recordCounts } from './counts.ts';
import { chosenRounds } from './scale.ts';

const CHILD = fileURLToPath(new URL('log-child.ts', import.meta.url));
const ROUNDS = chosenRounds({ short: 10, long: 50 });
const ACKNOWLEDGED_FIRST = 150;

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'log-kill-')), 'log', '0');
});
afterEach(() => rm(join(directory, '..', '..'), { recursive: true }));

/** Lets a child write for a moment after its first acknowledgements, kills it, and returns what it acknowledged. */
async function killedWriter(round: number, kind: 'log' | 'control'): Promise<number[]> {
  const firstId = round * 10_000_000;
  const child = spawn(process.execPath, [CHILD, directory, String(firstId), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  let isDoomed = false;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    printed += text;
    // By its own work, not by the clock: however slow the disk is, each round has something to lose.
    if (isDoomed || printed.split('\n').length <= ACKNOWLEDGED_FIRST) return;
    isDoomed = true;
    setTimeout(() => child.kill('SIGKILL'), 100 + (round % 20) * 17);
  });
  const signal = await new Promise((resolve) => child.once('close', (_, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  // A number cut off by the kill has no newline: it was not acknowledged.
  return printed.split('\n').slice(0, -1).map(Number);
}

async function readIds(): Promise<{ ids: number[]; corrupt: number }> {
  const ids: number[] = [];
  let corrupt = 0;
  let batch = await readLog({ directory, from: null });
  for (; ; batch = await readLog({ directory, from: batch.next })) {
    for (const { json } of batch.records) ids.push(JSON.parse(json).id);
    corrupt += batch.corrupt.length;
    if (batch.atEnd) return { ids, corrupt };
  }
}

async function rounds(kind: 'log' | 'control') {
  const acknowledged: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) acknowledged.push(...(await killedWriter(round, kind)));
  const { ids, corrupt } = await readIds();
  const found = new Set(ids);
  const lost = acknowledged.filter((id) => !found.has(id)).length;
  return { acknowledged: acknowledged.length, lost, twice: ids.length - found.size, corrupt };
}

describe(`a writer killed ${ROUNDS} times`, () => {
  it('has lost no acknowledged record, has none twice and leaves nothing corrupt', async () => {
    const { acknowledged, ...rest } = await rounds('log');
    recordCounts({ acknowledged, found: acknowledged - rest.lost, lost: rest.lost, twice: rest.twice });
    expect(acknowledged).toBeGreaterThan(1000);
    expect(rest).toEqual({ lost: 0, twice: 0, corrupt: 0 });
  }, 300_000);

  it('would be seen to lose records if it acknowledged before it wrote', async () => {
    const { acknowledged, lost, twice, corrupt } = await rounds('control');
    recordCounts({ acknowledged, found: acknowledged - lost, lostByControl: lost, twice });
    expect(acknowledged).toBeGreaterThan(1000);
    expect(lost).toBeGreaterThan(0);
    expect({ twice, corrupt }).toEqual({ twice: 0, corrupt: 0 });
  }, 300_000);
});
