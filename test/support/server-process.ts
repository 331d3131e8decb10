import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findSetpriv } from './installed-programs.ts';

/** Longer than any server that ends in order takes: ours gives its processes 20 s each, one after the other. */
const STOP_PATIENCE_MS = 60_000;
const KEPT_OUTPUT = 20_000;

/** A user that a server runs as when the tests run as root. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** A server of the tests' own: a child process that never outlives them. */
export interface ServerProcess {
  readonly pid: number | undefined;
  /** The last 20,000 characters of what it said. */
  output(): string;
  isRunning(): boolean;
  /** Ends it by the signal (SIGTERM when absent), by SIGKILL after a minute. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a server as a child process; on Linux the kernel ends it by `deathSignal` if this process dies, however it dies. */
export function startServerProcess(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: UnixUser | undefined;
  readonly deathSignal?: 'INT' | 'TERM' | 'KILL';
  /** `/` when absent. */
  readonly cwd?: string;
  /** The whole environment but PATH, HOME and TMPDIR; this process's own when absent. */
  readonly env?: Readonly<Record<string, string>>;
}): ServerProcess {
  const { command, args } = wrap(options.command, options.args, options.deathSignal ?? 'TERM', options.user);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? '/',
    env: options.env === undefined ? process.env : { ...keepBasics(), ...options.env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(`${command} could not be started: ${error.message}\n`)));
  return {
    pid: child.pid,
    output: () => output,
    isRunning: () => isRunning(child),
    stop: (signal = 'SIGTERM') => stop(child, signal),
  };
}

function wrap(command: string, args: readonly string[], deathSignal: string, user: UnixUser | undefined) {
  const setpriv = findSetpriv();
  if (setpriv === undefined) return { command, args: [...args] };
  const asUser = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return { command: setpriv, args: [...asUser, '--pdeathsig', deathSignal, '--', command, ...args] };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const inTime = await Promise.race([
    exited.then(() => true),
    sleep(STOP_PATIENCE_MS, false, { ref: false }),
  ]);
  if (inTime) return;
  child.kill('SIGKILL');
  await exited;
}

// Nothing else of the developer's environment may change what a test sees. Where compiled code is kept makes a start
// a third cheaper, as `npm start` has it.
function keepBasics(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
