import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { TelegramSimulator } from '../../src/simulators/telegram.ts';
import { listenTelegram } from '../../src/simulators/telegram-server.ts';
import { type PostgresServer, startPostgresServer } from '../../test/support/postgres-server.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { pin } from '../load/cores.ts';
import { SITE_ORIGIN } from '../load/requests.ts';
import { atTheEnd } from './at-the-end.ts';
import { DURABLE } from './durable.ts';
import { type Rastro, type RastroOptions, startRastro } from './rastro.ts';

/** Which world is to be made. */
export interface WorldOptions {
  readonly database: 'postgres' | 'embedded';
  /** Cores for the server, its worker and PostgreSQL; null = all. */
  readonly cores: string | null;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the pools tell Meta of page views; `META_GRAPH_URL` must then lead to a simulator. */
  readonly tellsMeta?: boolean;
}

/** The real server with a pool that redirects (`/go/direct`), one with the page (`/go/bridge`), and a site. */
export interface BenchWorld {
  readonly rastro: Rastro;
  readonly dataDir: string;
  readonly domainId: string;
  readonly postgres: PostgresServer | null;
  /** Asks the server's database, whichever it is. */
  query<Row extends Record<string, unknown>>(text: string): Promise<Row[]>;
  /** How long it took to make what is not the server: PostgreSQL, ms. */
  readonly preparedMs: number;
  /** How the server was started. */
  readonly startOptions: RastroOptions;
  /** Resolves when so many clicks are counted; rejects after two minutes. */
  waitForClicks(count: number): Promise<void>;
  /** Resolves when the drain has nothing left. */
  waitUntilFolded(): Promise<void>;
  countClicks(): Promise<number>;
  close(): Promise<void>;
}

/** Makes a world; `close` leaves no process and no file of it. */
export async function openBenchWorld(options: WorldOptions): Promise<BenchWorld> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  atTheEnd(close);
  try {
    return { ...(await open(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void>)[];

async function open(options: WorldOptions, closers: Closers): Promise<Omit<BenchWorld, 'close'>> {
  const startedAt = performance.now();
  const dataDir = mkdtempSync(join(tmpdir(), 'rastro-bench-'));
  closers.push(async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  const postgres = options.database === 'postgres' ? await startPostgresServer(DURABLE) : null;
  if (postgres) {
    closers.push(() => postgres.remove());
    pin(postgres.pid() ?? 0, options.cores);
  }
  const telegram = await openTelegram(closers);
  const startOptions = {
    dataDir,
    cores: options.cores,
    env: {
      TELEGRAM_API_URL: telegram,
      ...(postgres ? { DATABASE_URL: postgres.url } : {}),
      ...options.env,
    },
  };
  const preparedMs = performance.now() - startedAt;
  const rastro = await startRastro(startOptions);
  closers.push(() => rastro.stop());
  const domainId = await configure(rastro, options.tellsMeta === true);
  const reader = await openReader(postgres, dataDir);
  closers.push(() => reader.close());
  const countClicks = async () => {
    const { rows } = await reader.pool.query<{ total: string }>(COUNT);
    return Number(rows[0]?.total);
  };
  return {
    ...{ rastro, dataDir, domainId, postgres, countClicks, preparedMs, startOptions },
    waitUntilFolded: () => waitUntilFolded(rastro),
    query: async <Row extends Record<string, unknown>>(text: string) =>
      (await reader.pool.query<Row>(text)).rows,
    waitForClicks: async (count) => {
      await waitFor(`${count} clicks in the tables`, async () => (await countClicks()) >= count, {
        timeoutMs: 120_000,
        everyMs: 100,
      });
    },
  };
}

const statusSchema = z.object({ capture_log: z.object({ lag_bytes: z.number() }).loose() }).loose();

async function waitUntilFolded(rastro: Rastro): Promise<void> {
  const isFolded = async () => {
    const status = await rastro.api({ method: 'GET', path: '/system/status', answer: statusSchema });
    return status.capture_log.lag_bytes === 0;
  };
  await waitFor('the drain to be at rest', isFolded, { timeoutMs: 120_000, everyMs: 100 });
}

/** Kept by the drain in the transaction of the rows themselves, and cheap to read while it works. */
const COUNT = 'select coalesce(sum(total_redirects), 0) as total from redirect_counts';

function openReader(postgres: PostgresServer | null, dataDir: string): Promise<DatabaseHandle> {
  return openDatabase(
    postgres
      ? { kind: 'postgres', url: postgres.url, maxConnections: 1 }
      : { kind: 'embedded', dataDir, access: 'join', maxConnections: 1 },
  );
}

const BOT = { token: '7100000001:AAbench', username: 'bench_bot' };

async function openTelegram(closers: Closers): Promise<string> {
  const simulator = new TelegramSimulator({ now: () => Date.now(), push: async () => null, retryMs: 1000 });
  simulator.addBot({ ...BOT, name: 'Bench' });
  const { url, close } = await listenTelegram(simulator);
  closers.push(close);
  return url;
}

/** Through the API, as a person does; the id of the site. */
async function configure(rastro: Rastro, tellsMeta: boolean): Promise<string> {
  const bot = await rastro.api({
    ...{ method: 'POST', path: '/bots', body: { name: 'Bench', telegram_token: BOT.token } },
    answer: z.object({ bot_id: z.string() }),
  });
  const meta = { meta_pixel_id: '123456789012345', meta_access_token: 'bench-token' };
  for (const mode of ['direct', 'bridge']) {
    await rastro.api({
      ...{ method: 'POST', path: '/pools', answer: z.unknown() },
      body: {
        ...{ slug: mode, name: mode, mode, bots: [{ bot_id: bot.bot_id, weight: 1, is_enabled: true }] },
        ...(tellsMeta ? { meta_tracking_enabled: true, ...meta } : {}),
      },
    });
  }
  const site = await rastro.api({
    ...{ method: 'POST', path: '/domains', body: { domain_url: SITE_ORIGIN } },
    answer: z.object({ domain_id: z.string() }),
  });
  return site.domain_id;
}
