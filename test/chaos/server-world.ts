import { expect } from 'vitest';
import { type DatabaseHandle, openDatabase } from '../../src/io/database.ts';
import { type FakeBot, type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Counts, recordCounts } from './counts.ts';

/** The real server with one pool that redirects, ready to be hurt. */
export interface ClickWorld {
  readonly server: TestServer;
  readonly goUrl: string;
  readonly telegram: FakeTelegram;
  readonly bot: FakeBot;
  readonly botId: string;
}

/** Starts a server whose only pool redirects to a bot of the simulated Telegram; no limit of clicks. */
export async function openClickWorld(options: TestServerOptions = {}): Promise<ClickWorld> {
  const telegram = await startFakeTelegram();
  const env = { TELEGRAM_API_URL: telegram.url, GO_RATE_LIMIT: '0', ...options.env };
  const server = await startTestServer({ ...options, env });
  const bot = telegram.makeBot('chaos_bot');
  const made = await server.api('POST', '/bots', { name: 'Caos', telegram_token: bot.token });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { bot_id } = made.body as { bot_id: string };
  const pool = await server.api('POST', '/pools', {
    slug: 'caos',
    name: 'Caos',
    mode: 'direct',
    bots: [{ bot_id, weight: 1, is_enabled: true }],
  });
  expect(pool.status, JSON.stringify(pool.body)).toBe(201);
  return { server, goUrl: `${server.url}/go/caos`, telegram, bot, botId: bot_id };
}

/** What the database holds of the clicks. */
export interface StoredClicks {
  readonly tokens: readonly string[];
  readonly totalRedirects: number;
}

/** Waits until every acknowledged click is folded, three minutes at most, and reads all that is stored. */
export async function readStoredClicks(
  world: Pick<ClickWorld, 'server'>,
  acknowledged: ReadonlySet<string>,
): Promise<StoredClicks> {
  const handle = await openDatabase(world.server.database.options);
  let stored: StoredClicks = { tokens: [], totalRedirects: 0 };
  try {
    await waitFor(
      'the drain to be at rest',
      async () => {
        stored = await readClicks(handle.pool);
        const tokens = new Set(stored.tokens);
        return [...acknowledged].every((token) => tokens.has(token));
      },
      { timeoutMs: FOLD_PATIENCE_MS, everyMs: 250 },
    ).catch(() => undefined);
    return stored;
  } finally {
    await handle.close();
  }
}

const FOLD_PATIENCE_MS = 180_000;

/** Both as of one moment: the drain goes on beside. */
async function readClicks(pool: DatabaseHandle['pool']): Promise<StoredClicks> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ tracking_token: string }>('select tracking_token from clicks');
    const counts = await client.query<{ total: string }>(
      'select coalesce(sum(total_redirects), 0) as total from redirect_counts',
    );
    await client.query('commit');
    return {
      tokens: rows.map((row) => row.tracking_token),
      totalRedirects: Number(counts.rows[0]?.total),
    };
  } finally {
    client.release();
  }
}

/** Nothing acknowledged is lost, nothing is stored or counted twice. */
export function expectExactlyOnce(
  stored: StoredClicks,
  acknowledged: ReadonlySet<string>,
  deliveries: Counts = {},
): void {
  const unique = new Set(stored.tokens);
  const lost = [...acknowledged].filter((token) => !unique.has(token));
  recordCounts({
    acknowledged: acknowledged.size,
    found: acknowledged.size - lost.length,
    lost: lost.length,
    twice: Math.max(stored.tokens.length, stored.totalRedirects) - unique.size,
    ...deliveries,
  });
  expect(lost).toEqual([]);
  expect(stored.tokens.length).toBe(unique.size);
  expect(stored.totalRedirects).toBe(unique.size);
}
