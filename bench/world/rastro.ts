import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { findFreePort } from '../../test/support/free-port.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { pin } from '../load/cores.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const MAIN = join(PROJECT, 'src', 'main.ts');
/** As `npm start` has it. */
const COMPILED = join(PROJECT, 'node_modules', '.cache', 'rastro');
/** The flags of `npm start`. */
export const SMALL_HEAP = ['--max-semi-space-size=8', '--heap-growing-percent=50'];
const SMALL_MALLOC = { MALLOC_TRIM_THRESHOLD_: '131072' };
const API_KEY = 'rastro_bench_key_0123456789abcdef';
const STOP_PATIENCE_MS = 30_000;

/** How the server is started. */
export interface RastroOptions {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Cores for it and all that it starts; null = all. */
  readonly cores: string | null;
}

/** The real server, as a person starts it, with its worker. */
export interface Rastro {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Asks the admin API, and reads the answer; throws with it when it is no 2xx. */
  api<Shape extends z.ZodType>(call: ApiCall<Shape>): Promise<z.infer<Shape>>;
  /** What `readyz` says. */
  readiness(): Promise<string>;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** One call of the admin API. */
export interface ApiCall<Shape extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: Shape;
}

const running = new Set<ChildProcess>();
// Whatever ends this process, the servers must not outlive it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `serve`, without waiting that it serves. */
export async function spawnRastro({ dataDir, env, cores }: RastroOptions): Promise<Rastro> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const output = join(dataDir, 'output.txt');
  const child = spawn(process.execPath, [...SMALL_HEAP, MAIN, 'serve'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TMPDIR: process.env.TMPDIR ?? '/tmp' },
      ...{ HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: url, DATA_DIR: dataDir },
      ...{ BOOTSTRAP_API_KEY: API_KEY, GO_RATE_LIMIT: '0', TRUST_PROXY: '1', LOG_LEVEL: 'warn' },
      ...{ OUTBOUND_ALLOW: '127.0.0.0/8', NODE_COMPILE_CACHE: COMPILED, ...SMALL_MALLOC, ...env },
    },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const file = createWriteStream(output, { flags: 'a' });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const pid = child.pid ?? 0;
  pin(pid, cores);
  return {
    ...{ port, url, pid, api: buildApi(url), readiness: () => readReadiness(url) },
    isRunning: () => isRunning(child),
    stop: () => stop(child),
  };
}

/** Starts `serve` and waits until it is ready. */
export async function startRastro(options: RastroOptions): Promise<Rastro> {
  const rastro = await spawnRastro(options);
  try {
    const isReady = async () => !rastro.isRunning() || (await fetch(`${rastro.url}/readyz`)).ok;
    await waitFor('the server', isReady, { timeoutMs: 180_000 });
    if (!rastro.isRunning()) throw new Error('it ended while it started');
    return rastro;
  } catch (error) {
    await rastro.stop();
    const said = readFileSync(join(options.dataDir, 'output.txt'), 'utf8').slice(-4000);
    throw new Error(`the server did not start:\n${said}`, { cause: error });
  }
}

function buildApi(url: string): Rastro['api'] {
  return async ({ method, path, body, answer }) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return answer.parse(JSON.parse(text));
  };
}

async function readReadiness(url: string): Promise<string> {
  return (await fetch(`${url}/readyz`)).text();
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

async function stop(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const inTime = await Promise.race([
    exited.then(() => true),
    sleep(STOP_PATIENCE_MS, false, { ref: false }),
  ]);
  if (inTime) return;
  child.kill('SIGKILL');
  await exited;
}
