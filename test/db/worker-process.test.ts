import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openTestDatabase } from '../support/database.ts';

const WORKER = join(import.meta.dirname, '..', '..', 'src', 'worker.ts');

let env: Readonly<Record<string, string>>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  const database = await openTestDatabase();
  env = database.testDatabase.env;
  return () => database.close();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startWorker(): ChildProcess {
  const child = fork(WORKER, ['--duties', 'all'], { env: { ...process.env, ...env, LOG_LEVEL: 'silent' } });
  children.push(child);
  return child;
}

test('a worker whose server dies while it loads ends, as one that runs does', async () => {
  const early = startWorker();
  const running = startWorker();
  early.disconnect();
  expect(await once(early, 'exit')).toEqual([0, null]);
  const [message] = await once(running, 'message');
  expect(message).toBe('ready');
  running.disconnect();
  expect(await once(running, 'exit')).toEqual([0, null]);
});
