import { type ChildProcess, spawn } from 'node:child_process';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type SupervisedProcess, supervise } from './supervised-process.ts';

const logger = pino({ level: 'silent' });
const WAITS = 'setInterval(() => undefined, 1000)';
const IS_READY = `process.send('ready'); process.on('message', () => process.exit()); ${WAITS}`;

let supervised: SupervisedProcess | undefined;
afterEach(() => supervised?.stop());

/** A process that runs these programs one after the other, the last one again and again. */
function start(...programs: readonly string[]): {
  readonly children: ChildProcess[];
  readonly it: SupervisedProcess;
} {
  const children: ChildProcess[] = [];
  const it = supervise({
    name: 'a process',
    logger,
    restart: { baseMs: 1, maxMs: 10 },
    spawn: () => {
      const program = programs[Math.min(children.length, programs.length - 1)] ?? '';
      const child = spawn(process.execPath, ['-e', program], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      children.push(child);
      return child;
    },
  });
  supervised = it;
  return { children, it };
}

test('one that is killed while it starts is started again, and that one counts', async () => {
  const { children, it } = start(WAITS, IS_READY);
  children[0]?.kill('SIGKILL');
  await it.firstReady;
  expect(it.isReady()).toBe(true);
  expect(children).toHaveLength(2);
});

test('one that ends by itself while it starts is told to whoever waits for it', async () => {
  const { it } = start('process.exit(3)', IS_READY);
  await expect(it.firstReady).rejects.toThrow('a process ended while it started');
});
