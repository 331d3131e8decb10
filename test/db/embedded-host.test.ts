import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { locateEmbedded } from '../../src/io/embedded/location.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

type Host = { process: ChildProcess; lines: Interface; first: string };

const running: ChildProcess[] = [];
const handles: DatabaseHandle[] = [];
let database: TestDatabase;

async function startHost(mode: 'insert' | 'idle'): Promise<Host> {
  const script = fileURLToPath(new URL('./embedded-host-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, database.dataDir, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  return { process: child, lines, first: String(first) };
}

async function kill(host: Host): Promise<void> {
  const gone = once(host.process, 'close');
  host.process.kill('SIGKILL');
  await gone;
}

async function open(access: 'own' | 'share' | 'join'): Promise<DatabaseHandle> {
  const handle = await openDatabase({ kind: 'embedded', dataDir: database.dataDir, access });
  handles.push(handle);
  return handle;
}

describe.runIf(process.env.TEST_BACKEND === 'embedded')('a process that owns the embedded database', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const handle of handles.splice(0)) await handle.close();
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await database.remove();
  });

  it('loses no acknowledged row when it is killed in the middle of inserts', {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < 3; round += 1) {
      const host = await startHost('insert');
      const acknowledged: string[] = [];
      host.lines.on('line', (line) => acknowledged.push(line));
      await waitFor('some inserts', () => acknowledged.length >= 50 + round);
      await kill(host);
      const handle = await open('own');
      const { rows } = await handle.pool.query('select n from acknowledged order by n');
      const kept = new Set(rows.map(({ n }) => n));
      expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
      await handle.close();
    }
  });

  it('lets another process connect, and refuses one that wants to own it too', async () => {
    const host = await startHost('idle');
    expect(host.first).toBe('ready');
    const handle = await open('share');
    await handle.pool.query('insert into acknowledged default values');
    expect((await handle.pool.query('select count(*) from acknowledged')).rows).toEqual([{ count: '1' }]);
    await expect(open('own')).rejects.toThrow(`is in use by process ${host.process.pid}`);
  });

  it('is followed by the next one when it has died', async () => {
    const host = await startHost('idle');
    await kill(host);
    expect(existsSync(locateEmbedded(database.dataDir).socket)).toBe(true);
    const handle = await open('own');
    expect((await handle.pool.query('select count(*) from acknowledged')).rows).toEqual([{ count: '0' }]);
  });

  it('wins a race of several starters alone, with a dead owner before them', {
    timeout: 60_000,
  }, async () => {
    await kill(await startHost('idle'));
    const starters = await Promise.all(Array.from({ length: 4 }, () => startHost('idle')));
    const winners = starters.filter(({ first }) => first === 'ready');
    expect(winners).toHaveLength(1);
    const refused = starters.filter(({ first }) => first !== 'ready');
    for (const { first } of refused) expect(first).toContain('is in use by process');
  });

  it('is joined by a handle that was opened before it', async () => {
    const handle = await open('join');
    await expect(handle.pool.query('select 1')).rejects.toThrow('ENOENT');
    await startHost('idle');
    expect((await handle.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('is shared in one process too', async () => {
    const first = await open('share');
    const second = await open('share');
    await first.pool.query('create table seen (n int)');
    expect((await second.pool.query('select * from seen')).rows).toEqual([]);
  });
});
