import { expect } from 'vitest';
import { openDatabase } from '../../src/io/database.ts';
import { type FakeBot, type FakeTelegram, startFakeTelegram } from '../support/fake-telegram.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { waitFor } from '../support/wait-for.ts';

/** The real server with one pool that redirects, ready to be hurt. */
export interface ClickWorld {
  readonly server: TestServer;
  readonly goUrl: string;
  readonly telegram: FakeTelegram;
  readonly bot: FakeBot;
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
  return { server, goUrl: `${server.url}/go/caos`, telegram, bot };
}

/** What the database holds of the clicks. */
export interface StoredClicks {
  readonly tokens: readonly string[];
  readonly totalRedirects: number;
}

/** Waits until every acknowledged click is folded, and reads all that is stored. */
export async function readStoredClicks(
  world: ClickWorld,
  acknowledged: ReadonlySet<string>,
): Promise<StoredClicks> {
  const handle = await openDatabase(world.server.database.options);
  try {
    return await waitFor(
      'the drain to be at rest',
      async () => {
        const { rows } = await handle.pool.query<{ tracking_token: string }>(
          'select tracking_token from clicks',
        );
        const counts = await handle.pool.query<{ total: string }>(
          'select coalesce(sum(total_redirects), 0) as total from redirect_counts',
        );
        const tokens = rows.map((row) => row.tracking_token);
        const stored = new Set(tokens);
        const isComplete = [...acknowledged].every((token) => stored.has(token));
        return isComplete ? { tokens, totalRedirects: Number(counts.rows[0]?.total) } : null;
      },
      { timeoutMs: 60_000, everyMs: 250 },
    );
  } finally {
    await handle.close();
  }
}

/** Nothing acknowledged is lost, nothing is stored or counted twice. */
export function expectExactlyOnce(stored: StoredClicks, acknowledged: ReadonlySet<string>): void {
  const unique = new Set(stored.tokens);
  expect([...acknowledged].filter((token) => !unique.has(token))).toEqual([]);
  expect(stored.tokens.length).toBe(unique.size);
  expect(stored.totalRedirects).toBe(unique.size);
}
