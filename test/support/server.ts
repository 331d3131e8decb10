import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { findFreePort } from './free-port.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const START_TIMEOUT_MS = 60_000;

/** The admin API key that every test server knows (`BOOTSTRAP_API_KEY`). */
export const TEST_API_KEY = 'rastro_test_key_0123456789abcdef';

/** What the API answered; `body` is the parsed JSON, or the text if it is none. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The real server, as a person starts it, in a process of its own. */
export interface TestServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly database: TestDatabase;
  /** What it is started with, as a command beside it needs it. */
  environment(): Readonly<Record<string, string>>;
  /** Asks the admin API: `api('POST', '/bots', {…})` with the admin key, or with another one. */
  api(method: string, path: string, body?: unknown, key?: string): Promise<ApiAnswer>;
  /** What it has printed, its last 20,000 characters. */
  output(): string;
  /** Ends the process by the signal; SIGKILL is a crash. Its data stay. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data, with more environment if given. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
}

/** Options of a test server; all may be absent. */
export interface TestServerOptions {
  /** More environment, or other values. */
  readonly env?: Readonly<Record<string, string>>;
  /** A database to use, for instance another server's; by default a fresh copy of the template. It is the caller's to remove. */
  readonly database?: TestDatabase;
  /** `serve --role`; all of the work by default. */
  readonly role?: 'all' | 'edge';
  /** The `src/main.ts` of another copy of the program. */
  readonly program?: string;
}

const servers = new Set<RunningServer>();

/** Starts `src/main.ts serve` and waits until it is ready. It is stopped and its data are removed after the file's last test. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.database ?? (await createTestDatabase());
  const server = new RunningServer(database, await findFreePort(), options.env ?? {}, {
    ownsDatabase: options.database === undefined,
    role: options.role ?? 'all',
    program: options.program ?? MAIN,
  });
  servers.add(server);
  await server.start();
  return server;
}

afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const server of servers) console.error(`--- ${server.url} said:\n${server.output()}\n---`);
});

afterAll(async () => {
  for (const server of servers) {
    await server.kill();
    await server.removeOwnDatabase();
  }
  servers.clear();
});

class RunningServer implements TestServer {
  readonly url: string;
  readonly database: TestDatabase;
  readonly #port: number;
  readonly #ownsDatabase: boolean;
  readonly #role: string;
  readonly #program: string;
  #env: Readonly<Record<string, string>>;
  #process: ServerProcess | undefined;

  constructor(
    database: TestDatabase,
    port: number,
    env: Readonly<Record<string, string>>,
    {
      ownsDatabase,
      role,
      program,
    }: { readonly ownsDatabase: boolean; readonly role: string; readonly program: string },
  ) {
    this.database = database;
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#env = env;
    this.#ownsDatabase = ownsDatabase;
    this.#role = role;
    this.#program = program;
  }

  async start(): Promise<void> {
    const child = startServerProcess({
      command: process.execPath,
      args: [this.#program, 'serve', '--role', this.#role],
      cwd: this.database.dataDir,
      env: this.environment(),
    });
    this.#process = child;
    const isReady = async (): Promise<boolean> =>
      !child.isRunning() || (await fetch(`${this.url}/readyz`)).ok;
    const patience = { timeoutMs: START_TIMEOUT_MS, everyMs: 50 };
    const isUp = await waitFor(`${this.url}/readyz`, isReady, patience).catch(() => false);
    if (!child.isRunning()) throw new Error(`the server ended while it started:\n${child.output()}`);
    if (!isUp) throw new Error(`the server is not ready:\n${child.output()}`);
  }

  environment(): Readonly<Record<string, string>> {
    return {
      HOST: '127.0.0.1',
      PORT: String(this.#port),
      PUBLIC_URL: this.url,
      BOOTSTRAP_API_KEY: TEST_API_KEY,
      NODE_ENV: 'test',
      ...this.database.env,
      ...this.#env,
    };
  }

  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.kill();
    this.#env = { ...this.#env, ...env };
    await this.start();
  }

  output(): string {
    return this.#process?.output() ?? '';
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#process?.stop(signal);
  }

  async removeOwnDatabase(): Promise<void> {
    if (this.#ownsDatabase) await this.database.remove();
  }

  async api(method: string, path: string, body?: unknown, key = TEST_API_KEY): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: readJson(text) };
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
