import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { PROJECT_DIR, SetupError } from './say.mjs';

const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'];
const PARENT_CHECK_MS = 300;
const PATIENCE_MS = 30_000;

/** Runs `node args` in the project's folder with our own input and output, passes signals on, and answers its exit code. */
export function runChild(node, args, env) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: PROJECT_DIR,
    stdio: 'inherit',
    env: { ...env, ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of FORWARDED) process.on(signal, () => passOn(child, signal));
  const parentWatch = watchParent(child);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`${node} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      clearInterval(parentWatch);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

// On a terminal, Ctrl-C reaches the child by itself; a second one would tell it to give up its orderly stop.
function passOn(child, signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY === true) return;
  child.kill(signal);
}

// Some shells between npm and us swallow signals and simply die: a parent that changes means that npm is gone.
function watchParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid === parent) return;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS).unref();
  }, PARENT_CHECK_MS);
}
