import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisProcess } from './process-mark.ts';
import { lockWriter } from './writer-lock.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'log-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

/** Another process that takes the lock and says so, or says why it could not. */
function rival(): { child: ChildProcess; answer: Promise<string> } {
  const source = `
    const { lockWriter } = await import(${JSON.stringify(new URL('./writer-lock.ts', import.meta.url).href)});
    await lockWriter(${JSON.stringify(directory)}).then(() => console.log('held'), (error) => console.log(error.message));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const answer = new Promise<string>((resolve) =>
    child.stdout?.once('data', (data) => resolve(String(data).trim())),
  );
  return { child, answer };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

describe('the lock of a writer', () => {
  it('keeps out the same process and another one, and says who holds it', async () => {
    const lock = await lockWriter(directory);
    await expect(lockWriter(directory)).rejects.toThrow(`being written by process ${process.pid}`);
    expect(await rival().answer).toContain(`being written by process ${process.pid}`);
    await lock.release();
    expect(await rival().answer).toBe('held');
  });

  it('is free at once after a holder was killed', async () => {
    const { child, answer } = rival();
    expect(await answer).toBe('held');
    await expect(lockWriter(directory)).rejects.toThrow(`process ${child.pid}`);
    await kill(child);
    const start = Date.now();
    await lockWriter(directory);
    // A holder that cannot be asked is waited for until its heartbeat is 20 s old.
    expect(Date.now() - start).toBeLessThan(15_000);
  });

  it('is not held by a stranger that was given the same process number', async () => {
    await writeFile(join(directory, 'lock.7'), JSON.stringify({ ...thisProcess(), started: '1' }));
    await lockWriter(directory);
    expect(await readdir(directory)).toEqual(['lock.8']);
  });

  it('goes to exactly one of many that find it stale', async () => {
    await writeFile(join(directory, 'lock.7'), JSON.stringify({ ...thisProcess(), started: '1' }));
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockWriter(directory)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['lock.8']);
  });

  it('goes to exactly one of several processes', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => rival().answer));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
  });

  it('is taken from a holder on another machine once its heartbeat has stopped, and not before', async () => {
    const path = join(directory, 'lock.3');
    await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', space: 'another boot', started: '5' }));
    const beating = setInterval(() => void utimes(path, new Date(), new Date()), 100);
    await expect(lockWriter(directory)).rejects.toThrow('process 1 on elsewhere');
    clearInterval(beating);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    await lockWriter(directory);
    expect(await readdir(directory)).toEqual(['lock.4']);
  });
});
